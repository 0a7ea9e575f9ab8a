// Reading what the console recorded of an exchange.
import { place } from '../lib/dom.js';

/** The request target that the proxy was asked for, and the one that it asked for; null if it asked nobody. */
export function targets(exchange) {
    const target = (line) => line?.split(' ')[1] ?? null;
    return { came: target(exchange.startLines.fromClient), left: exchange.tries.length ? target(exchange.startLines.toUpstream) : null };
}

/** Header lines at one of the four points (fromClient, toUpstream, fromUpstream, toClient) as { Name: value }, several joined by commas. */
export function fields(exchange, point) {
    const out = {};
    exchange.headers[point].forEach(([name, value]) => { out[name] = name in out ? `${out[name]}, ${value}` : value; });
    return out;
}

/** One header at a point; undefined if it is not there. */
export function field(exchange, point, name) {
    const found = exchange.headers[point].filter(([each]) => each.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
    return found.length ? found.join(', ') : undefined;
}

/** The lines of nginx.conf that made these headers of the request (or, with `side` response, of the response), with their places. */
export function madeBy(exchange, names, side = 'request') {
    return exchange.changes[side].filter(({ header, by }) => by && names.includes(header))
        .map((change) => `${change.by}   # ${place(change)}`).join('\n');
}

/** Why the proxy or the app said what they said, in the proxy's words. */
export const answered = (exchange) => exchange.answeredBy?.text ?? `${exchange.status} (${exchange.outcome.replaceAll('_', ' ')})`;

/** The last attempt upstream; undefined if none was made. */
export const lastTry = (exchange) => exchange.tries.at(-1);

/** The middle of some numbers. */
export function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const half = Math.floor(sorted.length / 2);
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
