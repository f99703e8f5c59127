import { setFlagsFromString } from 'node:v8'
import { FormData, fetch, Headers, Request, Response } from 'undici'

/**
 * Node loads its own copy of undici at the first look at one of these names, and Discord's library brings another: twice the
 * code for one pool of connections, which both find under one symbol. The library's serves for both.
 *
 * @see https://github.com/nodejs/undici/blob/v6.x/lib/global.js
 */
Object.assign(globalThis, { fetch, FormData, Headers, Request, Response })

/**
 * Undici parses HTTP in WebAssembly, most of which is one huge function. After an answer or two V8 would optimize it beside the
 * program, and the process does not end before that is done: a quarter of the CPU of a short run and 25 MiB at its peak. Three
 * thousand answers later nothing of it is earned back that could be measured.
 */
for (const flag of ['--no-wasm-dynamic-tiering', '--no-wasm-tier-up']) setFlagsFromString(flag)
