import { figure, time } from '../draw/figure.js';
import { lanes } from '../draw/lanes.js';
import * as needs from '../needs.js';
import { kindOf, pool } from '../../path/pool.js';
import { ask, db, notes, until } from './tools.js';

const SECONDS = 3;

/** Who has a connection for longer than this has waited for the lock, in ms. */
const WAITED = 1000;

/** Who takes part, with a connection each. */
const CONNECTIONS = 4;

const SQL = `BEGIN;
UPDATE notes SET votes = votes + 1 WHERE id = 1;   -- the row is locked from here on
-- … ${SECONDS} s of something else: a mail that is sent, another service that is asked …
COMMIT;                                            -- to here

-- who waits for whom
SELECT pid, wait_event_type, wait_event, pg_blocking_pids(pid), state, query FROM pg_stat_activity;`;

export default {
    ask: {
        question: `A transaction changes a note and commits only ${SECONDS} s later. Meanwhile somebody votes for the same note, somebody for another one, and somebody reads the list. Who waits?`,
        answers: { same: 'only the vote for the same note', votes: 'both votes', all: 'all three', none: 'nobody: the later one wins' },
    },
    steps: [`/notes/locked holds a row’s lock for ${SECONDS} s.`, 'Meanwhile three requests come: a vote for that row, a vote for another one, and the list.', 'While they are under way, PostgreSQL says what each connection waits for.'],
    needs: [needs.app, needs.database],
    async run(lab) {
        const { pool: { max } } = await db(lab);
        lab.need(max >= CONNECTIONS, `the pool has ${max} connections, so some would wait for one of them, and not for the lock: this takes ${CONNECTIONS} (DB_POOL_SIZE)`);
        // an earlier run may have been stopped
        await until(lab, 'an older lock to be given up', ({ connections }) => connections.every((each) => kindOf(each) !== 'held'));
        const [{ id: held }, { id: other }] = await notes(lab);
        const holder = ask(lab, `/notes/locked?seconds=${SECONDS}&note=${held}`);
        holder.catch(() => { /* whoever waits for it below is told */ });
        await until(lab, 'the lock to be held', ({ connections }) => connections.some((each) => kindOf(each) === 'held'));
        const vote = (id) => ask(lab, `/notes/${id}/vote`, { method: 'POST' });
        const three = Promise.all([vote(held), vote(other), ask(lab, '/notes')]);
        three.catch(() => { /* likewise */ });
        const meanwhile = await until(lab, 'somebody to wait for the lock', ({ connections }) => connections.some((each) => kindOf(each) === 'waits'));
        const [same, another, read] = await three;
        const first = await holder;
        lab.needStatus(first.sent, 200, 'the request that held the lock');
        [same, another, read].forEach(({ sent, its }) => lab.need(its?.from, `a request had no connection to wait with: it was answered with ${sent.said}, ${its?.error ?? 'without a word of the database'}`));
        [another, read].forEach(({ sent }) => lab.need(sent.status > 0 && sent.status < 400, `a request that should not need the lock was answered with ${sent.said}`));
        const waited = [same, another, read].map(({ its }) => its.error === 'lock_timeout' || its.durMs > WAITED);
        const rows = [[`who holds the lock of note ${held}`, first], [`a vote for note ${held}`, same], [`a vote for note ${other}`, another], ['the list', read]];
        return {
            answer: { 'true,false,false': 'same', 'true,true,false': 'votes', 'true,true,true': 'all', 'false,false,false': 'none' }[waited.join()],
            verdict: `The vote for the same note took ${time(same.sent.ms)} (${same.sent.said}), the one for another note ${time(another.sent.ms)}, the list ${time(read.sent.ms)}.`,
            figures: [
                figure('pool-of', 'What PostgreSQL said meanwhile', pool(meanwhile)),
                lanes('Who took how long', rows.map(([label, { sent, its }]) => ({
                    label, id: sent.id, value: time(sent.ms), note: its?.error ? its.error.replaceAll('_', ' ') : sent.said, bars: [{ to: sent.ms, who: its?.error ? 'failed' : 'database', text: 'the request' }],
                }))),
            ],
            why: 'UPDATE locks the rows that it changes until the transaction ends, and whoever wants to change one of them waits. Reading waits for nobody: it sees the row as it was (MVCC). To the proxy the one that waits looks like a slow app, and to the app like a slow query; '
                + 'only PostgreSQL knows whom it waits for. So keep transactions short: nothing slow between the first UPDATE and the COMMIT (Django’s ATOMIC_REQUESTS makes each request one). lock_timeout ends the waiting.',
            conf: SQL,
            confTitle: 'The same in SQL',
        };
    },
};
