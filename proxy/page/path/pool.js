// The app's pool of connections to its database, drawn: a place for each connection that it may have, what PostgreSQL says each is doing,
// and the requests that wait for one.
import { counted, h, ms } from '../lib/dom.js';

/** What PostgreSQL calls a connection's state, by what it means for the pool. */
const KINDS = [
    ['waits', ({ state, waitEvent }) => state === 'active' && /^Lock/i.test(waitEvent ?? '')],
    ['works', ({ state }) => state === 'active'],
    ['held', ({ state }) => /^idle in transaction/.test(state ?? '')],
];

export const kindOf = (connection) => KINDS.find(([, is]) => is(connection))?.[0] ?? 'idle';

/** How long it has been in its state, for people. */
const since = ({ stateMs }) => (stateMs === null || stateMs === undefined ? '' : ` for ${stateMs >= 10_000 ? `${Math.round(stateMs / 1000)} s` : ms(stateMs)}`);

function place(connection, mine) {
    const { pid, clientPort, state, waitEvent, query } = connection;
    const kind = kindOf(connection);
    return h('li', { class: `place ${kind}${pid === mine ? ' mine' : ''}`, 'data-pid': pid, title: query ?? false },
        h('b', {}, h('span', { class: 'unseen' }, 'port '), `:${clientPort}`),
        h('span', {}, `process ${pid}`),
        h('span', {}, `${state ?? 'starting'}${since(connection)}`),
        kind === 'waits' ? h('span', { class: 'waits-for' }, `waits for a lock (${waitEvent})`) : null,
        pid === mine ? h('span', { class: 'unseen' }, 'the one that was used for this exchange') : null);
}

const empty = () => h('li', { class: 'place open' }, h('b', {}, '–'), h('span', {}, 'not open'));

/**
 * Draws the pool.
 *
 * @param state what /db said
 * @param mine the process of the connection that is to be marked, if any
 */
export function pool({ pool: its, connections = [] }, { mine = null } = {}) {
    const { max, idle, busy, waiting, acquireTimeoutMs } = its;
    const shown = [...connections].sort((a, b) => a.pid - b.pid).slice(0, Math.max(max, 0));
    return h('div', { class: 'pool' },
        h('p', { class: 'pool-said' }, h('b', {}, counted(busy, 'connection')), ' busy, ', h('b', {}, String(idle)), ' idle, of at most ', h('b', {}, String(max)), '; ',
            h('b', { class: waiting ? 'bad' : false }, counted(waiting, 'request')), waiting === 1 ? ' waits' : ' wait', ' for one.'),
        waiting ? h('ol', { class: 'queue', 'aria-label': `${counted(waiting, 'request')} in the pool’s queue` }, Array.from({ length: Math.min(waiting, 40) }, () => h('li', {}, h('span', { class: 'unseen' }, 'a request that waits')))) : null,
        h('ol', { class: 'places', 'aria-label': 'The pool’s connections, as PostgreSQL sees them' }, shown.map((each) => place(each, mine)),
            Array.from({ length: Math.max(0, Math.min(max, 40) - shown.length) }, empty)),
        h('p', { class: 'about' }, `Who waits longer than ${acquireTimeoutMs / 1000} s is answered by the app: with 503 if all connections are in use, with 500 if none can be made.`));
}
