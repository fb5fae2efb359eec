// import x from "y"
/*
import a from "b"
*/
const text = `
import z from "q"
export default 3
await x
`;
imported = 3;
importScripts = () => imported;
exports.some = module.exports === exports && typeof __dirname === "string" && text;
console.log(importScripts() === 3 && exports.some ? "ok" : "no");
