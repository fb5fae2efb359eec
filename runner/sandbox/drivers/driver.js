// Runs the snippets of a session, one after another, in one Node.
//
// For each snippet a line with the client's process number comes through the pipe `ask`; the files
// `request` and `code` say what to run; the client's standard streams are opened by its number; how
// the snippet ended goes into the pipe `answer`. A snippet ends when nothing is left to wait for,
// as a program does; then this process waits in a read that blocks. `let`, `const`, `class` and
// functions of one snippet are there in the next because all of them are scripts of one context. A
// snippet that is no script (await, import, export) is turned into one.
'use strict';
const fs = require('fs');
const vm = require('vm');
const net = require('net');
const path = require('path');
const util = require('util');
const Module = require('module');
const { Writable } = require('stream');
const { pathToFileURL } = require('url');

const { openSync, closeSync, readSync, writeSync, readFileSync } = fs;
const { setImmediate, clearTimeout, clearImmediate } = global;
const { inspect } = util;
const WORK = '/work/run';
const PLACE = __dirname;
const acorn = internal('internal/deps/acorn/acorn/dist/acorn');
const timers = internal('internal/timers');
const EXIT = { toString: () => 'process.exit' };

let snippet; // { client, source, file, code, args, env } of the one that runs
let exiting = false; // it has exited: what it still does is not heard of
let exitCode = 0;
let waiting = false; // for its top-level await
let told = false; // its own listeners of beforeExit were told
let stdin;

// Where Node's own parts are out of reach, snippets with await or import share no names.
function internal(name) {
    try {
        return require(name);
    } catch {
        return undefined;
    }
}

// ---------------------------------------------------------------- talking with the client

function nextRequest() {
    const line = Buffer.alloc(64);
    for (let length = 0; length === 0;) {
        const pipe = openSync(`${PLACE}/ask`, 'r');
        try {
            length = readSync(pipe, line, 0, 64);
        } finally {
            closeSync(pipe);
        }
    }
    const fields = readFileSync(`${PLACE}/request`, 'utf8').split('\0').slice(0, -1);
    const count = Number(fields[2]);
    const code = readFileSync(`${PLACE}/code`, 'utf8');
    return {
        client: parseInt(line.toString(), 10),
        file: path.join(WORK, fields[0]),
        args: fields.slice(3, 3 + count),
        env: fields.slice(3 + count).map((entry) => entry.split(/=([^]*)/, 2)),
        code: code.charCodeAt(0) === 0xfeff ? code.slice(1) : code,
    };
}

function answer(code) {
    const pipe = openSync(`${PLACE}/answer`, 'r+');
    writeSync(pipe, `${snippet.client} exited ${code & 255}\n`);
    closeSync(pipe);
}

// Node has no dup2: a file that is opened takes the lowest number that is free.
function takeStreams(client) {
    for (const number of [0, 1, 2]) {
        try {
            closeSync(number);
        } catch {
            // the snippet before has closed it
        }
    }
    ['r', 'w', 'w'].forEach((flags, number) => openSync(`/proc/${client}/fd/${3 + number}`, flags));
}

function lend(env) {
    const before = env.map(([name]) => [name, process.env[name]]);
    for (const [name, value] of env) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }
    return before;
}

// ---------------------------------------------------------------- the standard streams

function writeAll(number, bytes) {
    for (let at = 0; at < bytes.length;) {
        try {
            at += writeSync(number, bytes, at);
        } catch (error) {
            if (error.code !== 'EAGAIN') return;
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
        }
    }
}

function output(number) {
    const stream = new Writable({
        write(chunk, _encoding, done) {
            if (!exiting) writeAll(number, chunk);
            done();
        },
    });
    stream.fd = number;
    stream._type = 'pipe';
    stream._isStdio = true;
    stream.destroy = () => stream;
    stream.end = (chunk, encoding, done) => {
        const last = [chunk, encoding, done].find((one) => typeof one === 'function');
        if (chunk !== undefined && chunk !== null && chunk !== last) stream.write(chunk);
        if (last !== undefined) process.nextTick(last);
        return stream;
    };
    return stream;
}

// Reads nothing, and so keeps nobody waiting, before the snippet does.
function input() {
    if (stdin !== undefined) return stdin;
    stdin = new net.Socket({ fd: 0, readable: true, writable: false });
    const hold = () => {
        if (!stdin._handle) return;
        stdin._handle.reading = false;
        stdin._handle.readStop();
    };
    hold();
    stdin._readableState.reading = false;
    stdin.on('pause', hold);
    stdin.fd = 0;
    return stdin;
}

// ---------------------------------------------------------------- one snippet

function turn() {
    snippet = nextRequest();
    try {
        takeStreams(snippet.client);
    } catch {
        setImmediate(turn);
        return;
    }
    snippet.before = lend(snippet.env);
    process.argv = [process.execPath, snippet.file, ...snippet.args];
    process.exitCode = undefined;
    exiting = told = false;
    exitCode = 0;
    stdin = undefined;
    setImmediate(begin);
}

function begin() {
    try {
        run(snippet);
    } catch (error) {
        waiting = false;
        fail(error);
    }
}

function finish() {
    let code = exiting ? exitCode : process.exitCode || 0;
    if (waiting && !exiting) {
        const warning = 'Warning: Detected unsettled top-level await\n';
        writeAll(2, Buffer.from(warning));
        code = 13;
    }
    waiting = false;
    if (stdin !== undefined) stdin.destroy();
    lend(snippet.before);
    answer(code);
    turn();
}

function run({ code, file }) {
    let script;
    try {
        if (/\bawait\b/.test(code) && awaits(code)) throw new SyntaxError('await is for modules');
        script = compile(code, file, 0);
    } catch (error) {
        const other = scriptOf(code, error);
        script = compile(other.text, file, -other.shift);
        waiting = true;
    }
    const result = script.runInThisContext();
    if (!waiting) return;
    const done = () => {
        waiting = false;
    };
    result.then(done, (error) => {
        done();
        fail(error);
    });
}

function compile(code, filename, columnOffset) {
    const loader = vm.constants && vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    return new vm.Script(code, {
        filename,
        columnOffset,
        importModuleDynamically: loader || ((name) => import(locate(name))),
    });
}

// For versions of Node whose scripts cannot be told to resolve names beside their own file.
function locate(name) {
    if (/^\.{0,2}\//.test(name)) return pathToFileURL(path.resolve(WORK, name)).href;
    if (Module.builtinModules.includes(name.replace(/^node:/, ''))) return name.replace(/^node:/, '');
    try {
        return pathToFileURL(global.require.resolve(name)).href;
    } catch {
        return name;
    }
}

// What becomes of an error that nobody has caught: the snippet's end.
function fail(error) {
    if (error === EXIT || exiting) return;
    if (process.listenerCount('uncaughtException') > 0) {
        emit.call(process, 'uncaughtException', error, 'uncaughtException');
        return;
    }
    let text = described(error);
    if (parseInt(process.versions.node, 10) > 16) text += `\n\nNode.js ${process.version}`;
    writeAll(2, Buffer.from(`${text}\n`));
    end(1);
}

function described(error) {
    let text;
    try {
        text = inspect(error);
    } catch {
        return 'an error that cannot be shown';
    }
    if (!(error instanceof Error)) return `Uncaught:\n${text}`;
    const ours = /\n {4}at [^\n]*(?:\/work\/\.session\/|[( ](?:node:)?(?:vm\.js|vm:|internal[/:]))[^\n]*/g;
    text = text.replace(ours, (frame) => (frame.endsWith(' {') ? ' {' : ''));
    text = text.replace(/^\[([^]*)\]$/, '$1'); // as inspect shows an error without frames
    const place = new RegExp(`${snippet.file.replace(/[.]/g, '\\.')}:(\\d+)(?::(\\d+))?`).exec(text);
    if (place === null || text.startsWith(snippet.file)) return text;
    const line = snippet.code.split('\n')[place[1] - 1];
    if (line === undefined) return text;
    const caret = `${' '.repeat(Math.max(0, (place[2] || 1) - 1))}^`;
    return `${snippet.file}:${place[1]}\n${line}\n${caret}\n\n${text}`;
}

// The snippet is over, whatever it still waits for: timers and sockets of its own are dropped.
function end(code) {
    exitCode = code;
    try {
        emit.call(process, 'exit', code);
    } catch {
        // a listener's own process.exit
    }
    exiting = true;
    dropTimers();
    for (const handle of process._getActiveHandles()) {
        if (typeof handle.unref === 'function') handle.unref();
    }
}

function dropTimers() {
    if (timers === undefined) return;
    for (const list of Object.values(timers.timerListMap || {})) {
        let timer = list._idlePrev;
        while (timer && timer !== list) {
            const next = timer._idlePrev;
            if (typeof timer.hasRef === 'function' && timer.hasRef()) clearTimeout(timer);
            timer = next;
        }
    }
    let immediate = timers.immediateQueue && timers.immediateQueue.head;
    while (immediate) {
        const next = immediate._idleNext;
        clearImmediate(immediate);
        immediate = next;
    }
}

// ---------------------------------------------------------------- modules made scripts

// `code` as a script of the same lines, whose value is a promise; `shift`: so much was put before
// its first line. Names that it declares become names of the context.
function scriptOf(code, error) {
    if (acorn === undefined) {
        if (!/await|import/.test(error.message + code)) throw error;
        const text = code.replace(/^import\s+(\*\s+as\s+)?([\w$]+|\{[^}]*\})\s+from\s+(['"][^'"]+['"])/gm,
            (_, all, names, from) => names.startsWith('{') || all
                ? `const ${names.replace(/\bas\b/g, ':')} = await import(${from})`
                : `const {default: ${names}} = await import(${from})`);
        return { text: `(async () => {${text}\n})()`, shift: 13 };
    }
    let tree;
    try {
        tree = parsed(code);
    } catch (problem) {
        if (!/import|export|await/.test(error.message)) throw error;
        throw placed(code, problem);
    }
    const edits = new Edits(code);
    const isModule = tree.body.some((node) => /^(Import|Export)/.test(node.type));
    for (const node of tree.body) edits.statement(node);
    if (code.startsWith('#!')) edits.replace(0, 2, '//');
    const names = [...edits.names].filter((name) => !edits.functions.has(name));
    const outer = names.length > 0 ? `var ${names.join(', ')}; ` : '';
    const inner = [...edits.functions].map((name) => `globalThis.${name} = ${name}; `).join('');
    const strict = isModule ? '"use strict"; ' : '';
    const before = `${outer}(async (import_meta) => { ${strict}${inner}`;
    const meta = `{ url: ${JSON.stringify(pathToFileURL(snippet.file).href)},`
        + ` filename: ${JSON.stringify(snippet.file)}, dirname: "${WORK}" }`;
    return { text: `${before}${edits.text()}\n})(${meta})`, shift: before.length };
}

function parsed(code) {
    return acorn.parse(code, {
        ecmaVersion: parseInt(acorn.version, 10) > 7 ? 'latest' : 11,
        sourceType: 'module',
        allowAwaitOutsideFunction: true,
        allowHashBang: true,
    });
}

// Whether `await` stands outside of functions. To a script it is a name: `await (x)` is a call.
function awaits(code) {
    const rest = [];
    try {
        rest.push(parsed(code));
    } catch {
        return false;
    }
    while (rest.length > 0) {
        const node = rest.pop();
        if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await)) return true;
        if (/Function/.test(node.type)) continue;
        for (const child of children(node)) rest.push(child);
    }
    return false;
}

function children(node) {
    return Object.values(node).flat().filter((value) => value && typeof value.type === 'string');
}

function placed(code, problem) {
    const { line, column } = problem.loc || { line: 1, column: 0 };
    const error = new SyntaxError(problem.message.replace(/ \(\d+:\d+\)$/, ''));
    const shown = code.split('\n')[line - 1];
    const where = `${snippet.file}:${line}\n${shown}\n${' '.repeat(column)}^\n\n`;
    error.stack = `${where}SyntaxError: ${error.message}`;
    return error;
}

class Edits {
    constructor(code) {
        this.code = code;
        this.names = new Set();
        this.functions = new Set();
        this.edits = [];
    }

    replace(start, stop, text) {
        const lines = this.code.slice(start, stop).split('\n').length - 1;
        this.edits.push([start, stop, text + '\n'.repeat(lines)]);
    }

    text() {
        let text = '';
        let at = 0;
        for (const [start, stop, replacement] of this.edits.sort((a, b) => a[0] - b[0])) {
            text += this.code.slice(at, start) + replacement;
            at = stop;
        }
        return text + this.code.slice(at);
    }

    statement(node) {
        this.meta(node);
        switch (node.type) {
            case 'ImportDeclaration':
                return this.imported(node);
            case 'ExportAllDeclaration':
                return this.replace(node.start, node.end, `await import(${node.source.raw});`);
            case 'ExportNamedDeclaration':
                return this.exported(node);
            case 'ExportDefaultDeclaration':
                return this.exportedDefault(node);
            default:
                return this.declaration(node);
        }
    }

    declaration(node) {
        if (node.type === 'VariableDeclaration') {
            this.variables(node);
        } else if (node.type === 'FunctionDeclaration') {
            this.functions.add(node.id.name);
        } else if (node.type === 'ClassDeclaration') {
            this.names.add(node.id.name);
            this.edits.push([node.start, node.start, `${node.id.name} = `], [node.end, node.end, ';']);
        }
    }

    variables(node) {
        const first = node.declarations[0];
        this.replace(node.start, first.start, ';(');
        for (const one of node.declarations) {
            this.pattern(one.id);
            if (one.init === null) this.edits.push([one.end, one.end, ' = undefined']);
        }
        const last = node.declarations[node.declarations.length - 1];
        this.edits.push([last.end, last.end, ')'], [node.end, node.end, ';']);
    }

    pattern(node) {
        if (node === null) return;
        if (node.type === 'Identifier') this.names.add(node.name);
        else if (node.type === 'ObjectPattern') node.properties.forEach((one) => this.pattern(one.value || one.argument));
        else if (node.type === 'ArrayPattern') node.elements.forEach((one) => this.pattern(one));
        else if (node.type === 'AssignmentPattern') this.pattern(node.left);
        else if (node.type === 'RestElement') this.pattern(node.argument);
    }

    imported(node) {
        const from = `await import(${node.source.raw})`;
        const parts = [];
        let all = '';
        for (const one of node.specifiers) {
            const local = one.local.name;
            this.names.add(local);
            if (one.type === 'ImportNamespaceSpecifier') all = `${local} = `;
            else parts.push(`${one.type === 'ImportDefaultSpecifier' ? 'default' : one.imported.raw || one.imported.name}: ${local}`);
        }
        const named = parts.length > 0 ? `({ ${parts.join(', ')} } = ${all}${from});` : `${all}${from};`;
        this.replace(node.start, node.end, `;${named}`);
    }

    exported(node) {
        if (node.declaration) {
            this.replace(node.start, node.declaration.start, '');
            this.declaration(node.declaration);
        } else {
            this.replace(node.start, node.end, node.source ? `await import(${node.source.raw});` : ';');
        }
    }

    exportedDefault(node) {
        const named = /Declaration$/.test(node.declaration.type) && node.declaration.id;
        this.replace(node.start, node.declaration.start, named ? '' : ';(');
        if (named) this.declaration(node.declaration);
        else this.edits.push([node.declaration.end, node.declaration.end, ')']);
    }

    // `import.meta` is not for scripts; the name of equal length is the function's parameter.
    meta(node) {
        const rest = [node];
        while (rest.length > 0) {
            const one = rest.pop();
            if (one.type === 'MetaProperty' && one.meta.name === 'import') {
                this.edits.push([one.start, one.end, 'import_meta']);
            }
            for (const child of children(one)) rest.push(child);
        }
    }
}

// ---------------------------------------------------------------- what a snippet finds

// Node tells of its own events by process.emit: an end is not an end here, nor an error.
const { emit } = process;
function emitted(name, ...rest) {
    if (name === 'uncaughtException' && (rest[0] === EXIT || exiting)) return true;
    if (name === 'uncaughtException' && process.listenerCount(name) === 0) {
        fail(rest[0]);
        return true;
    }
    if (name === 'warning' && /vm\.USE_MAIN_CONTEXT/.test(rest[0])) return true;
    if (name !== 'beforeExit') return emit.call(process, name, ...rest);
    if (!told && !exiting && process.listenerCount(name) > 0) {
        told = true;
        emit.call(process, name, ...rest);
        setImmediate(() => {});
        return true;
    }
    finish();
    return true;
}

function exit(code) {
    if (!exiting) {
        if (code !== undefined) process.exitCode = code;
        end(Number(process.exitCode) || 0);
    }
    throw EXIT;
}

function define(object, name, value) {
    Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
}

// A server that listens keeps no snippet from ending, and serves the later ones.
function letServersBe() {
    const { listen } = net.Server.prototype;
    net.Server.prototype.listen = function (...rest) {
        if (!this.listenerCount('connection', calm)) this.prependListener('connection', calm);
        const result = listen.apply(this, rest);
        this.unref();
        return result;
    };
}

function calm(socket) {
    socket.unref();
}

function prepare() {
    const file = path.join(WORK, 'main.js');
    process.chdir(WORK);
    const module = new Module(file);
    module.filename = file;
    module.paths = Module._nodeModulePaths(WORK);
    process.mainModule = module;
    const require = Module.createRequire(file);
    require.main = module;
    const names = { require, module, exports: module.exports, __filename: file, __dirname: WORK };
    for (const [name, value] of Object.entries(names)) define(global, name, value);
    Object.defineProperty(process, 'stdin', { get: input, configurable: true, enumerable: true });
    define(process, 'stdout', output(1));
    define(process, 'stderr', output(2));
    define(process, 'emit', emitted);
    define(process, 'exit', exit);
    process.execArgv = [];
    letServersBe();
}

prepare();
turn();
