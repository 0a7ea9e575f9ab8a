// What the chapters ask the machine.
import { bringBack } from '../lib/again.js';
import { call } from '../lib/api.js';

export const sockets = () => call('GET', 'sockets');

/** One request by the console; gives its result. */
export async function send(path, { via = 'proxied', headers = [], method = 'GET', body = '' } = {}) {
    return (await call('POST', 'send', { path, method, headers, body, via })).results[0];
}

/** The same both ways: { direct, proxied }. */
export async function both(path, headers = []) {
    const { results } = await call('POST', 'send', { path, method: 'GET', headers, body: '', via: 'both' });
    return Object.fromEntries(results.map((result) => [result.way, result]));
}

/** The app's own view of a request: the JSON of /anything. Throws if the app did not answer with it. */
export function seen(result) {
    if (result.error || result.status !== 200) {
        throw new Error(`The app did not answer this: ${result.error ?? result.status}. Is it running? This brings it back: ${bringBack(result.way === 'direct' ? result.to : null)}; its --app-port is the one it had.`);
    }
    return JSON.parse(result.content);
}

export const portOf = (address) => Number(address.slice(address.lastIndexOf(':') + 1));
