import { call } from '../../lib/api.js';
import { figure, time } from '../draw/figure.js';
import { lanes } from '../draw/lanes.js';
import { answered } from '../evidence.js';
import * as needs from '../needs.js';
import { pool } from '../../path/pool.js';
import { blame } from '../../path/database.js';
import { GIVES_UP, HASTY, ask, db, until } from './tools.js';

/** How much longer than the patience of those who wait all connections are kept busy, in ms. */
const LONGER = 1500;

/** A load run has no more at once. */
const MAX_AT_ONCE = 64;

/** How often it is looked whether they are done, in ms. */
const LOOK = 200;

export default {
    ask: {
        question: 'All connections of the app’s pool are busy with slow queries. One more request comes, whose query would take a millisecond. The app lets it wait for a connection for a few seconds, the proxy waits 60 s for the app. What does the client get?',
        answers: { 503: '503, from the app', 504: '504, from the proxy', 200: '200, when a connection is free again', 500: '500, from PostgreSQL' },
    },
    steps: [
        'As many slow queries are begun as the pool has connections, and a little longer than the app lets a request wait.',
        `Then two requests come for a quick query: one by the usual location, and one where the proxy waits for ${GIVES_UP} s only.`,
        'While they wait, the app says how its pool is, and PostgreSQL what each connection does.',
    ],
    needs: [needs.app, needs.edit, needs.database],
    async run(lab) {
        const { pool: { max, acquireTimeoutMs }, statementTimeoutMs } = await db(lab);
        lab.need(max <= MAX_AT_ONCE, `the pool has ${max} connections, and no more than ${MAX_AT_ONCE} can be made busy from here`);
        const hold = Math.ceil((acquireTimeoutMs + LONGER) / 1000);
        lab.need(!statementTimeoutMs || hold * 1000 < statementTimeoutMs, `statement_timeout (${time(statementTimeoutMs)}) would end the slow queries before the app gives up (${time(acquireTimeoutMs)})`);
        lab.need(acquireTimeoutMs > GIVES_UP * 1000, `the app gives up after ${time(acquireTimeoutMs)}, before the hasty proxy does`);
        return lab.withLocations(HASTY, async () => {
            lab.say(`making ${max} connections busy`);
            await occupy(lab, max, hold);
            await until(lab, 'all connections to be busy', (state) => state.pool.busy >= max);
            lab.say('two more come');
            const both = Promise.all([ask(lab, '/notes'), ask(lab, '/experiment/hasty/notes')]);
            both.catch(() => { /* likewise */ });
            const meanwhile = await until(lab, 'the two to wait for a connection', (state) => state.pool.waiting >= 2);
            const [usual, hasty] = await both;
            const slow = await occupied(lab, max);
            lab.needStatus(hasty.sent, 504, 'the request by the hasty location');
            const after = lab.needStatus((await ask(lab, '/notes')).sent, 200, 'the request after that');
            const row = (label, { exchange, sent }) => ({ label, id: sent.id, value: `${sent.said} after ${time(sent.ms)}`, note: [answered(exchange), blame(exchange)].filter(Boolean).join('; '), bars: [{ to: sent.ms, who: 'app', text: 'waiting in the pool’s queue' }] });
            return {
                answer: String(usual.sent.status),
                verdict: `Through the usual location: ${usual.sent.said} after ${time(usual.sent.ms)}${usual.its?.error ? ` (${usual.its.error})` : ''}. Where the proxy waits ${GIVES_UP} s: ${hasty.sent.said} after ${time(hasty.sent.ms)}. Of ${max} connections ${meanwhile.pool.busy} were busy, and ${meanwhile.pool.waiting} requests waited. Afterwards: ${after.said} after ${time(after.ms)}.`,
                figures: [
                    figure('pool-of', 'The pool while both waited', pool(meanwhile)),
                    lanes('Who waited how long', [
                        { label: `${max} slow queries`, value: time(slow), bars: [{ to: slow, who: 'database', text: 'busy' }] },
                        row('a quick one, proxy_read_timeout 60s', usual), row(`a quick one, proxy_read_timeout ${GIVES_UP}s`, hasty),
                    ]),
                ],
                why: 'Nobody is broken: proxy, app and PostgreSQL are all well, and PostgreSQL has not even heard of the two. They wait in the app, in the queue of its pool. Whoever gives up first says so: the app with 503 (it is overloaded; Retry-After says to come again), '
                    + 'the proxy with 504 if its patience is shorter, and then it looks as if the app hung. Make what keeps connections busy shorter, rather than the pool larger: PostgreSQL has one process for each connection.',
                production: 'Look at pg_stat_activity: if it shows as many active connections as the pool has, the queries are slow; if they are “idle in transaction”, the app holds connections while it does something else.',
                conf: HASTY,
            };
        });
    },
};

/** Makes connections busy. A load run asks, because a browser has six connections for all that its pages ask of a host. */
async function occupy(lab, n, seconds) {
    const { running } = await lab.call('GET', 'load');
    lab.need(!running, 'a load run is under way');
    await lab.call('POST', 'load', { path: `/notes/slow?seconds=${seconds}`, via: 'direct', total: n, concurrency: n });
    lab.atEnd(() => call('DELETE', 'load'));
}

/** Waits until they are free again; gives how long the longest was busy, in ms. */
async function occupied(lab, n) {
    let state = await lab.call('GET', 'load');
    while (state.running) {
        await lab.sleep(LOOK);
        state = await lab.call('GET', 'load');
    }
    const { results, maxMs } = state.lanes.direct;
    lab.need(results[200] === n, `of ${n} slow queries not all were answered with 200: ${JSON.stringify(results)}`);
    return maxMs;
}
