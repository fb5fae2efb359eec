
"use strict";
(() => {
  const ROW = 32, SPARE = 10, PRINTED = 1000;
  const found = (id) => document.getElementById(id);
  const data = JSON.parse(found("data").textContent), more = JSON.parse(found("more").textContent);
  const [NUMBER, NAME, PATH, LINE, LANGUAGE, VERDICT, TIME, MEMORY, CACHED, REASON] = Array(10).keys();
  const MARKS = { passed: "✓", flaky: "~", xfailed: "x", skipped: "-", sandbox_error: "!" };
  const FINE = new Set(["passed", "flaky", "xfailed", "skipped"]);
  const place = (one) => `${data.paths[one[PATH]]}:${one[LINE]}`;
  const searched = new Map(data.cases.map((one) => [one[NUMBER],
    [one[NAME], place(one), data.languages[one[LANGUAGE]], one[VERDICT], one[REASON]].join("\n").toLowerCase()]));
  const positions = new Map(data.cases.map((one) => [one[NUMBER], one]));
  const view = found("window"), list = found("list"), rows = found("rows");
  const search = found("search"), language = found("language"), matching = found("matching");
  const verdicts = new Set();
  let shown = data.cases, chosen = -1, order = { key: "", down: false }, printing = false;

  // ------------------------------------------------------------------ the table of all cases

  const cell = (text, kind) => {
    const made = document.createElement("td");
    if (kind) made.className = kind;
    made.textContent = text;
    return made;
  };
  const duration = (ms) => (ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms`
    : ms < 10000 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(1)} s`);
  const memory = (kib) => (kib < 1024 ? `${kib} KiB` : `${(kib / 1024).toFixed(1)} MiB`);
  const openable = (one) => Boolean(more[one[NUMBER]] || found(`case-${one[NUMBER]}`));

  function row(one, at) {
    const made = document.createElement("tr"), kind = data.verdicts[one[VERDICT]];
    made.id = `row-${at}`;
    made.dataset.at = at;
    made.setAttribute("aria-rowindex", at + 2);
    made.setAttribute("aria-selected", at === chosen);
    made.className = `${at === chosen ? "chosen" : ""} ${openable(one) ? "openable" : ""}`;
    const name = cell(one[NAME]), where = cell(""), code = document.createElement("code");
    name.title = one[REASON] ? `${one[NAME]}: ${one[REASON]}` : one[NAME];
    if (one[REASON]) name.append(Object.assign(document.createElement("small"), { textContent: one[REASON] }));
    code.textContent = place(one);
    where.title = place(one);
    where.append(code);
    const mark = cell("");
    mark.append(Object.assign(document.createElement("span"),
      { className: `mark ${kind}`, textContent: MARKS[one[VERDICT]] || "✗", ariaHidden: "true" }));
    made.append(mark, name, cell(one[VERDICT], kind), where, cell(data.languages[one[LANGUAGE]]),
      cell(one[CACHED] ? "cached" : one[TIME] ? duration(one[TIME]) : ""), cell(one[MEMORY] ? memory(one[MEMORY]) : ""));
    return made;
  }

  function space(height) {
    const made = document.createElement("tr"), filler = document.createElement("td");
    made.className = "space";
    made.setAttribute("aria-hidden", "true");
    filler.colSpan = 7;
    filler.style.height = `${height}px`;
    made.append(filler);
    return made;
  }

  function draw() {
    const first = printing ? 0 : Math.max(0, Math.floor(view.scrollTop / ROW) - SPARE);
    const last = printing ? Math.min(shown.length, PRINTED)
      : Math.min(shown.length, first + Math.ceil(view.clientHeight / ROW) + 2 * SPARE + 2);
    const made = shown.slice(first, last).map((one, at) => row(one, first + at));
    const before = first ? [space(first * ROW)] : [];
    const after = last < shown.length && !printing ? [space((shown.length - last) * ROW)] : [];
    rows.replaceChildren(...before, ...made, ...after);
    list.setAttribute("aria-activedescendant", chosen >= first && chosen < last ? `row-${chosen}` : "");
  }

  function choose(at) {
    chosen = Math.max(0, Math.min(shown.length - 1, at));
    const top = chosen * ROW, room = view.clientHeight - 2 * ROW;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top > view.scrollTop + room) view.scrollTop = top - room;
    draw();
  }

  const KEYS = {
    name: (one) => one[NAME], verdict: (one) => one[VERDICT], place: (one) => one[PATH] * 1e9 + one[LINE],
    language: (one) => data.languages[one[LANGUAGE]], time: (one) => one[TIME], memory: (one) => one[MEMORY],
  };

  function sorted(cases) {
    if (!order.key) return cases;
    const key = KEYS[order.key], sign = order.down ? -1 : 1;
    return cases.map((one) => [key(one), one])
      .sort(([a], [b]) => (a < b ? -sign : a > b ? sign : 0)).map(([, one]) => one);
  }

  // ------------------------------------------------------------------ search and filters

  function apply() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (one) => (!verdicts.size || verdicts.has(one[VERDICT]))
      && (!language.value || data.languages[one[LANGUAGE]] === language.value)
      && words.every((word) => searched.get(one[NUMBER]).includes(word));
    shown = sorted(data.cases.filter(fits));
    const kept = new Set(shown.map((one) => one[NUMBER]));
    for (const details of document.querySelectorAll(".result")) {
      details.hidden = !kept.has(Number(details.id.slice(5)));
    }
    matching.textContent = kept.size === data.cases.length ? `${kept.size} cases` : `${kept.size} of ${data.cases.length}`;
    list.setAttribute("aria-rowcount", shown.length + 1);
    chosen = -1;
    view.scrollTop = 0;
    draw();
  }

  // ------------------------------------------------------------------ failures

  const summaries = () => [...document.querySelectorAll(".result:not([hidden]) > summary")];

  function made(number) {
    const text = more[number];
    if (!text) return null;
    const failed = !FINE.has(positions.get(number)[VERDICT]);
    const into = document.querySelector(failed ? "#failures .results" : "#flaky .results");
    into.insertAdjacentHTML("beforeend", text);
    delete more[number];
    return found(`case-${number}`);
  }

  function open(number) {
    const details = found(`case-${number}`) || made(number);
    if (!details) return false;
    details.hidden = false;
    details.open = true;
    details.firstElementChild.focus({ preventScroll: true });
    details.scrollIntoView({ block: "start" });
    return true;
  }

  /** Show a case wherever there is most of it: its details, or else its row. */
  function show(number) {
    if (open(number)) return;
    let at = shown.findIndex((one) => one[NUMBER] === number);
    if (at < 0) {
      clear();
      at = shown.findIndex((one) => one[NUMBER] === number);
    }
    if (at < 0) return;
    view.scrollIntoView({ block: "nearest" });
    list.focus({ preventScroll: true });
    choose(at);
  }

  function step(by) {
    const all = summaries(), at = all.indexOf(document.activeElement);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  function clear() {
    search.value = "";
    language.value = "";
    verdicts.clear();
    for (const chip of document.querySelectorAll(".chip")) chip.setAttribute("aria-pressed", "false");
    apply();
  }

  function close() {
    if (document.activeElement === search) {
      if (search.value) clear();
      else search.blur();
      return;
    }
    const details = document.activeElement.closest(".result[open]");
    if (!details) {
      clear();
      return;
    }
    details.open = false;
    details.firstElementChild.focus();
  }

  // ------------------------------------------------------------------ the time line

  function tell(bar) {
    for (const other of document.querySelectorAll("rect.chosen")) other.classList.remove("chosen");
    if (!bar) return;
    bar.classList.add("chosen");
    found("shown").textContent = bar.textContent;
  }

  function along(lane, by) {
    const bars = [...lane.querySelectorAll("rect")], at = bars.findIndex((bar) => bar.classList.contains("chosen"));
    tell(bars[Math.max(0, Math.min(bars.length - 1, at + by))]);
  }

  for (const lane of document.querySelectorAll(".lane svg[tabindex]")) {
    lane.addEventListener("keydown", (event) => {
      const bar = lane.querySelector("rect.chosen");
      if (event.key === "ArrowRight" || event.key === "ArrowLeft") along(lane, event.key === "ArrowRight" ? 1 : -1);
      else if (event.key === "Enter" && bar && bar.dataset.case) show(Number(bar.dataset.case));
      else return;
      event.preventDefault();
    });
    lane.addEventListener("mouseover", (event) => tell(event.target.closest("rect")));
    lane.addEventListener("click", (event) => {
      const bar = event.target.closest("rect[data-case]");
      if (bar) show(Number(bar.dataset.case));
    });
  }

  // ------------------------------------------------------------------ keys and clicks

  const typing = (target) => target.closest("input, select, textarea");

  list.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(view.clientHeight / ROW) - 2);
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== list) return;
    if (event.key in steps) choose(chosen + steps[event.key]);
    else if (event.key === "Enter" && shown[chosen]) open(shown[chosen][NUMBER]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onSummary = event.target.matches(".result > summary");
    if (event.key === "Escape") close();
    else if (typing(event.target)) return;
    else if (event.key === "/") search.focus();
    else if (event.key === "j" || (onSummary && event.key === "ArrowDown")) step(1);
    else if (event.key === "k" || (onSummary && event.key === "ArrowUp")) step(-1);
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const copy = event.target.closest(".copy"), link = event.target.closest("a[href^='#case-']");
    if (copy) {
      navigator.clipboard?.writeText(copy.dataset.copy).then(() => { copy.textContent = "copied"; }, () => {});
    } else if (link) {
      event.preventDefault();
      show(Number(link.hash.slice(6)));
    }
  });

  rows.addEventListener("click", (event) => {
    const line = event.target.closest("tr[data-at]");
    if (!line || String(getSelection())) return;
    choose(Number(line.dataset.at));
    open(shown[chosen][NUMBER]);
  });

  for (const chip of document.querySelectorAll(".chip")) {
    chip.addEventListener("click", () => {
      const { verdict } = chip.dataset;
      if (!verdicts.delete(verdict)) verdicts.add(verdict);
      chip.setAttribute("aria-pressed", verdicts.has(verdict));
      apply();
    });
  }

  for (const head of document.querySelectorAll("th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const numeric = head.dataset.sort === "time" || head.dataset.sort === "memory";
      order = { key: head.dataset.sort, down: order.key === head.dataset.sort ? !order.down : numeric };
      for (const other of document.querySelectorAll("th[data-sort]")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      apply();
    });
  }

  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, searched.size > 2000 ? 80 : 0); });
  language.addEventListener("change", apply);
  view.addEventListener("scroll", draw, { passive: true });
  addEventListener("resize", draw);
  addEventListener("hashchange", () => { if (location.hash.startsWith("#case-")) show(Number(location.hash.slice(6))); });

  // ------------------------------------------------------------------ print: all is unfolded, and folded again after it

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll(".result:not([open])")];
    for (const details of folded) details.open = true;
    printing = true;
    draw();
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
    printing = false;
    draw();
  });

  // ------------------------------------------------------------------ begin

  document.documentElement.classList.add("scripted");
  list.tabIndex = 0;
  list.setAttribute("role", "grid");
  apply();
  if (location.hash.startsWith("#case-")) show(Number(location.hash.slice(6)));
})();
