import { figure, time } from '../draw/figure.js';
import { bars, counted, lanes } from '../draw/lanes.js';
import { answered } from '../evidence.js';
import * as needs from '../needs.js';
import { pool } from '../../path/pool.js';
import { blame } from '../../path/database.js';
import { ask, db, direct, until } from './tools.js';

/** How much longer than the patience of those who wait the pool's connections are kept busy, and the server full, in ms. */
const LONGER = 1500;

/** PostgreSQL may be kept full for no longer, in ms. */
const MAX_FULL = 15_000;

const TOO_MANY = 'too_many_connections';

const CONF = `-- who has them: by program, by what they do, and since when
SELECT application_name, state, count(*), min(backend_start) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC;

# postgresql.conf: one process each, so not too many
max_connections = 100
# ends those who have begun a transaction and say nothing more
idle_in_transaction_session_timeout = '1min'`;

export default {
    ask: {
        question: 'Other programs have left connections to PostgreSQL open, as many as it takes (max_connections). The app’s pool has kept one of its own. One request comes, and then, while that one’s connection is busy, another. Who gets rows?',
        answers: { some: 'the first; the second gets 500 from the app', none: 'neither: PostgreSQL is full', both: 'both: PostgreSQL lets the app go first', waits: 'the first; the second gets 503, for the pool is exhausted' },
    },
    steps: [
        'The app opens connections apart from its pool, and leaves them open, until PostgreSQL takes no more. It does so only if nobody else is connected, and closes them after some seconds.',
        'A request comes for the list of notes; the pool still has a connection for it.',
        'What the pool has is made busy by slow queries, and a request comes that needs one more.',
        'The connections are closed, and the app is watched until it has what it wanted.',
    ],
    needs: [needs.app, needs.database],
    async run(lab) {
        const { pool: { max, acquireTimeoutMs }, statementTimeoutMs } = await db(lab);
        const hold = Math.ceil((acquireTimeoutMs + LONGER) / 1000);
        const full = hold * 1000 + 2 * LONGER;
        lab.need(max > 1, 'the pool has one connection and wants no other (DB_POOL_SIZE=1)');
        lab.need(full <= MAX_FULL, `the app lets a request wait for ${time(acquireTimeoutMs)}, and PostgreSQL may not be kept full for so long`);
        lab.need(!statementTimeoutMs || hold * 1000 < statementTimeoutMs, `statement_timeout (${time(statementTimeoutMs)}) would end the slow queries before the app gives up (${time(acquireTimeoutMs)})`);
        lab.say('leaving connections open');
        const left = lab.needStatus(await direct(lab, `/db/fill?seconds=${full / 1000}`, { method: 'POST' }), 200, 'the request to leave connections open').json();
        lab.need(!left.declined, left.declined);
        lab.need(left.error?.code === TOO_MANY, `${counted(left.opened)} connections could be opened, and then: ${left.error?.text ?? 'PostgreSQL would take still more'}`);
        const closing = performance.now() + full;
        const { connections } = await db(lab);
        const has = connections.length;
        lab.need(has > 0 && has < max, `the pool has ${has} of at most ${max} connections, where it should have some and want more`);
        const kept = await ask(lab, '/notes');
        lab.say(`making ${has} busy`);
        const slow = Promise.all(connections.map(() => ask(lab, `/notes/slow?seconds=${hold}`)));
        slow.catch(() => { /* whoever waits for it below is told */ });
        await until(lab, 'the pool’s connections to be busy', (state) => state.pool.busy >= has);
        lab.say('one more comes');
        const more = await ask(lab, '/notes');
        const meanwhile = await db(lab);
        (await slow).forEach(({ sent }) => lab.needStatus(sent, 200, 'a slow query'));
        lab.say('waiting until they are closed');
        await lab.sleep(Math.max(0, closing - performance.now()));
        await until(lab, 'the pool to have one more', (state) => state.connections.length > has);
        const took = performance.now() - closing;
        const after = lab.needStatus((await ask(lab, '/notes')).sent, 200, 'the request after that');
        const row = (label, { exchange, sent, its }) => ({
            label, id: sent.id, value: `${sent.said} after ${time(sent.ms)}`, note: [answered(exchange), blame(exchange)].filter(Boolean).join('; '),
            bars: [{ to: sent.ms, who: its?.error ? 'failed' : 'database', text: its?.error ? 'waiting for a connection' : 'the request' }],
        });
        const isOf = (code, { sent, its }) => sent.status >= 500 && its?.error === code;
        return {
            answer: kept.sent.status !== 200 ? 'none' : more.sent.status === 200 ? 'both' : isOf(TOO_MANY, more) ? 'some' : isOf('pool_timeout', more) ? 'waits' : undefined,
            verdict: `After ${counted(left.opened)} connections of others PostgreSQL took no more (max_connections is ${left.maxConnections}). By a connection that the pool had kept: ${kept.sent.said} after ${time(kept.sent.ms)}. By one that it had to make: ${more.sent.said} after ${time(more.sent.ms)} (${more.its?.error ?? 'no error'}). `
                + `When the others had closed theirs, the pool had another one ${time(Math.max(0, took))} later, and the app answered ${after.said}.`,
            figures: [
                bars('Connections to PostgreSQL', [{ label: 'left open by others', value: left.opened, who: 'client' }, { label: 'of the app’s pool', value: has, who: 'database' }, { label: 'max_connections', value: left.maxConnections, who: 'database' }], { format: counted }),
                figure('pool-of', 'The pool while PostgreSQL was full', pool(meanwhile)),
                lanes('Who took how long', [row('by a connection that was kept', kept), row('by one that had to be made', more)]),
            ],
            why: 'max_connections counts all programs together, and some of them PostgreSQL keeps back for its administrator (superuser_reserved_connections, 3). Who has a connection notices nothing; who wants another one is refused at once (“sorry, too many clients already”). '
                + 'Here the pool tries again until the request has waited long enough, and then the app says 500 (in Django, an OperationalError). So the same page works for one and fails for the next, and a restart of the app, which seems the cure, makes it worse: then it has none of its own.',
            production: 'Count: processes of the app × connections of each, plus workers, cron jobs and people with psql, must stay below max_connections. Where that is too many, a pooler such as PgBouncer stands in between.',
            conf: CONF,
            confTitle: 'Who has them, and what ends them',
        };
    },
};
