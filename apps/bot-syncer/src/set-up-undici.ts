import { FormData, fetch, Headers, Request, Response } from 'undici'

/**
 * Node loads its own copy of undici at the first look at one of these names, and Discord's library brings another: twice the
 * code for one pool of connections, which both find under one symbol. The library's serves for both.
 *
 * @see https://github.com/nodejs/undici/blob/v6.x/lib/global.js
 */
Object.assign(globalThis, { fetch, FormData, Headers, Request, Response })
