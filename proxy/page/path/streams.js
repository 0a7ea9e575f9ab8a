// Several streams on one connection of HTTP/2: which exchanges went on beside this one, on one scale.
import { h, ms } from '../lib/dom.js';
import { link } from '../lib/router.js';
import { exchanges } from '../lib/store.js';

/** More would be a table, and not a drawing. */
const MAX_DRAWN = 16;

const end = ({ startedAt, phases }) => startedAt + phases.totalMs;

/** The exchanges that this page knows of on the same connection and at the same time, with it among them, in the order of their streams. */
export function beside(exchange) {
    const { connection } = exchange.client;
    return exchanges().filter((each) => each.client?.connection === connection && each.client.stream
        && each.startedAt <= end(exchange) && end(each) >= exchange.startedAt)
        .sort((a, b) => a.client.stream - b.client.stream);
}

/** A drawing of them; null where the exchange was alone, or no stream. */
export function streams(exchange) {
    const all = exchange.client?.stream ? beside(exchange) : [];
    if (all.length < 2) {
        return null;
    }
    const at = all.findIndex(({ id }) => id === exchange.id);
    const from = Math.max(0, Math.min(at - MAX_DRAWN / 2, all.length - MAX_DRAWN));
    const drawn = all.slice(from, from + MAX_DRAWN);
    const begun = Math.min(...drawn.map(({ startedAt }) => startedAt));
    const scale = Math.max(...drawn.map(end)) - begun || 1;
    const row = (each) => h('li', { class: each.id === exchange.id ? 'current' : false },
        h('a', { href: link({ x: each.id }), 'aria-current': each.id === exchange.id ? 'true' : false },
            h('span', {}, `stream ${each.client.stream}`), ' ', h('code', {}, `${each.method} ${each.target}`)),
        h('span', { class: 'stream-track', role: 'img', 'aria-label': `from ${ms(each.startedAt - begun)} to ${ms(end(each) - begun)}` },
            h('i', { style: { left: `${100 * (each.startedAt - begun) / scale}%`, width: `${100 * each.phases.totalMs / scale}%` } })));
    return h('section', { class: 'streams', 'aria-label': 'Streams on the same connection' },
        h('h3', {}, `${all.length} streams at once on connection ${exchange.client.connection}`, all.length > drawn.length ? `, ${drawn.length} of them drawn` : ''),
        h('ol', {}, drawn.map(row)),
        h('p', { class: 'about' }, 'HTTP/2 carries many requests on one connection at the same time, each in a stream with a number of its own. HTTP/1.1 has one after the other.'));
}
