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

/** The app's own view of a request: the JSON of /anything. Throws if it did not come, with what came. */
export function seen(result) {
    const by = result.way === 'direct' ? `At ${result.to}, asked directly,` : 'Through the proxy,';
    if (result.errorCode === 'refused' && result.way === 'direct') {
        throw new Error(`At ${result.to} nobody listens: the app is not running. This brings it back: ${bringBack(result.to)}.`);
    }
    if (result.error || result.status !== 200) {
        throw new Error(`${by} /anything was not answered with 200: ${result.error ?? result.status}. Without the app’s own view there is nothing to compare.`);
    }
    try {
        return JSON.parse(result.content);
    } catch {
        throw new Error(`${by} /anything was answered with something else than the app’s own view in JSON: this is another app.`);
    }
}

export const portOf = (address) => Number(address.slice(address.lastIndexOf(':') + 1));
