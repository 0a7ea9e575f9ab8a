// The queries of one request as a waterfall inside the app's time, with the wait for a connection ahead of them.
import { counted, h, ms } from '../lib/dom.js';

/** More would be a table, and not a drawing. */
const MAX_DRAWN = 60;

const percent = (value, scale) => `${100 * Math.max(0, Math.min(1, value / scale))}%`;

/** Where the last thing ended of which the end is known, in ms since the app had the request. */
export const endOf = ({ queries, poolWaitMs }) => Math.max(poolWaitMs ?? 0, ...queries.map(({ startMs, durMs }) => startMs + (durMs ?? 0)));

function row({ label, from, to, who, said, isOpen, error }, scale) {
    return h('li', { class: error ? 'failed' : false },
        label,
        h('span', { class: 'stream-track', role: 'img', 'aria-label': isOpen ? `from ${ms(from)}, and not over` : `from ${ms(from)} to ${ms(to)}` },
            h('i', { class: `p-${error ? 'failed' : who}${isOpen ? ' going-on' : ''}`, style: { left: percent(from, scale), width: percent(isOpen ? scale : to - from, scale) } })),
        h('span', { class: 'query-said' }, said));
}

/**
 * Draws them.
 *
 * @param its what /db/requests/ID said
 * @param appMs how long the app took; null where it has not said so
 */
export function queries(its, appMs = null) {
    const { poolWaitMs, queries: list } = its;
    // the app keeps the first hundred of a request
    const all = its.queryCount ?? list.length;
    const drawn = list.slice(0, MAX_DRAWN);
    const scale = Math.max(appMs ?? 0, endOf(its)) || 1;
    const first = list[0]?.startMs ?? poolWaitMs ?? 0;
    const rows = [];
    if (poolWaitMs > 0) {
        rows.push(row({ label: h('em', {}, 'a connection of the pool'), from: Math.max(0, first - poolWaitMs), to: first, who: 'connect', said: ms(poolWaitMs), error: list.length ? null : its.error }, scale));
    }
    drawn.forEach(({ sql, startMs, durMs, rows: n, error }) => rows.push(row({
        label: h('code', { title: sql }, sql), from: startMs, to: startMs + (durMs ?? 0), who: 'database', isOpen: durMs === null, error,
        said: durMs === null ? 'goes on' : `${ms(durMs)}, ${error ? error.replaceAll('_', ' ') : counted(n ?? 0, 'row')}`,
    }, scale)));
    return h('div', { class: 'streams queries' },
        h('ol', {}, rows),
        all > drawn.length ? h('p', { class: 'about' }, `… and ${counted(all - drawn.length, 'more query', 'more queries')}`) : null,
        h('p', { class: 'about' }, appMs === null ? `From when the app had the request: ${ms(scale)}.` : `The whole width is the app’s ${ms(appMs)}, from the request’s head to the response’s.`));
}
