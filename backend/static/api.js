// The console's API, as docs/console.md describes it.

/** Asks the console; throws an Error with what it says, its `status`, and its `details` for programs. */
export async function call(method, path, body) {
    let response;
    try {
        response = await fetch(`/_hops/${path}`, {
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
        throw new Error(response.status === 403
            ? 'The console refuses this address (403): see allow and deny in its location in nginx.conf.'
            : `There is no console at /_hops/ (${response.status}): nginx.conf needs a location with hop_console.`);
    }
    if (!response.ok) {
        throw Object.assign(new Error(json.error), { status: response.status, details: json });
    }
    return json;
}

/**
 * What the parts of the page tell each other:
 * `exchanges`, `stats` and `load` come from the live stream; `selected` (a full exchange), `edit` (a request for Send)
 * and `line` (a place in the configuration to show) from a person; `config` says that another one is at work.
 */
export const bus = new EventTarget();

export const tell = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

export const hear = (name, listener) => bus.addEventListener(name, (event) => listener(event.detail));
