// The console's API, as docs/console.md describes it, and what the parts of the page tell each other.

/** Where the console is: this file is PREFIX/page/VERSION/lib/api.js. */
export const BASE = new URL('../../../', import.meta.url);

/** Asks the console; throws an Error with what it says, its `status`, and its `details` for programs. */
export async function call(method, path, body) {
    let response;
    try {
        response = await fetch(new URL(path, BASE), {
            method,
            cache: 'no-store',
            headers: { Accept: 'application/json', ...(body ? { 'Content-Type': 'application/json' } : {}) },
            body: body ? JSON.stringify(body) : undefined,
        });
    } catch {
        throw new Error('The proxy does not answer. Is it still running?');
    }
    const text = await response.text();
    let json;
    try {
        json = JSON.parse(text);
    } catch {
        throw Object.assign(new Error(response.status === 403
            ? 'The console refuses this address (403): see allow and deny in its location in nginx.conf.'
            : `There is no console at ${BASE.pathname} (${response.status}): nginx.conf needs a location with hop_console.`),
        { status: response.status, details: {} });
    }
    if (!response.ok) {
        throw Object.assign(new Error(json.error), { status: response.status, details: json });
    }
    return json;
}

/**
 * What the parts of the page tell each other. From the live stream (stream.js): `exchanges`, `stats`, `load`, `config`,
 * and `stream` with its state. From a person: `route` (the address bar), `selected` (a full exchange is on the path),
 * and `ask`: { tab, name, detail } has a tab opened and then told. So are told `edit` (a request for Send) and `line` (a place
 * in the configuration to show).
 */
export const bus = new EventTarget();

export const tell = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

/** Listens; gives a function that ends it. */
export function hear(name, listener) {
    const inner = (event) => listener(event.detail);
    bus.addEventListener(name, inner);
    return () => bus.removeEventListener(name, inner);
}
