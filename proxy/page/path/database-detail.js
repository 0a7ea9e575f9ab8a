// The details of the database: the connection that was used, what its process does now, the pool, and the queries. While it is looked at, the
// app is asked again each second.
import { h, ms, problem } from '../lib/dom.js';
import { database, isConfigured, look, ofRequest } from '../lib/database.js';
import { blame, part, where } from './database.js';
import { pool } from './pool.js';
import { queries } from './queries.js';

/** How often the pool is asked for while it is drawn, in ms. */
const PAUSE = 1000;

/** So many queries stand above the rest. */
const FEW = 6;

/** What PostgreSQL calls it when it has nothing to do but to listen to its client. */
const IDLE = 'Client:ClientRead';

/** 1st, 2nd, 3rd, 4th … */
const ordinal = (n) => `${n}${{ one: 'st', two: 'nd', few: 'rd' }[new Intl.PluralRules('en', { type: 'ordinal' }).select(n)] ?? 'th'}`;

const row = (name, value, note) => h('div', {}, h('dt', {}, name), h('dd', {}, value, note ? h('small', {}, note) : null));

/** What PostgreSQL says the process does now that served the exchange. */
function doing(pid) {
    const its = database()?.connections?.find((each) => each.pid === pid);
    return its ? [its.state ?? 'starting', [its.waitEvent === IDLE ? 'waits for the app’s next query' : its.waitEvent ? `waits for ${its.waitEvent}` : '', its.query ? `the last one: ${its.query}` : ''].filter(Boolean).join('; ')]
        : ['gone', 'PostgreSQL has no such process now: the pool has closed the connection, or it has ended.'];
}

function connection(exchange) {
    const its = part(exchange);
    if (!its) {
        return [h('h3', {}, 'The connection'), h('p', {}, isConfigured() ? 'This exchange needed none: the app did not ask its database.'
            : `There is none: ${database()?.reason ?? 'the app has named no database'}.`)];
    }
    if (!its.from) {
        return [h('h3', {}, 'The connection'), h('p', { class: 'warning' }, `There was none: ${blame(exchange) || 'none came about'}.`)];
    }
    const [state, more] = doing(its.pid);
    const { server } = database() ?? {};
    return [h('h3', {}, 'The connection'),
        blame(exchange) ? h('p', { class: 'warning' }, `${its.error ? 'Here it went wrong: ' : 'Nobody waited for the app’s answer: '}${blame(exchange)}.`) : null,
        h('dl', { class: 'terms' },
            row('App’s end', h('code', {}, its.from), 'the ephemeral port; PostgreSQL calls it inet_client_port()'),
            row('Its end', h('code', {}, its.at), server?.version ? `PostgreSQL ${server.version.replace(/^PostgreSQL /, '')}` : 'the listening port'),
            row('Process', its.pid === null ? 'not known' : h('code', { class: 'backend-pid' }, String(its.pid)), 'PostgreSQL has one for each connection: pg_backend_pid()'),
            row('State now', h('span', { class: 'backend-state' }, state), more),
            row('In the pool', its.connection === null ? 'its number is not known' : `number ${its.connection}, used for the ${ordinal(its.request)} time`,
                `waited ${ms(its.waitMs ?? 0)} for it, ${its.isUnderWay ? 'and the query goes on, whatever has become of the request' : `had it for ${ms(its.durMs)}`}`))];
}

function poolNow(mine) {
    const state = database();
    return [
        state?.pool || state?.reachable === false ? h('h3', {}, 'The pool now') : null,
        state?.reachable === false ? h('p', { class: 'warning' }, state.error?.text ?? `PostgreSQL at ${where()} cannot be reached: ${state.error?.code}.`) : null,
        state?.pool ? pool(state, { mine }) : null,
    ];
}

/** Elements for the place under the path; they keep themselves up to date as long as they are there. */
export function detail(exchange) {
    const its = part(exchange);
    const appMs = exchange.hops[1]?.durMs ?? null;
    const left = h('div', {});
    const right = h('div', {});
    const below = h('div', { class: 'all' });
    let timer = null;

    function draw() {
        left.replaceChildren(...connection(exchange).filter(Boolean));
        right.replaceChildren(...poolNow(its?.pid ?? null).filter(Boolean));
    }

    async function refresh() {
        if (!left.isConnected) {
            clearInterval(timer);
        } else if (!document.hidden) {
            try {
                await look({ fresh: true });
                draw();
            } catch (error) {
                right.replaceChildren(problem(error));
            }
        }
    }

    async function drawQueries() {
        if (!its) {
            return;
        }
        below.replaceChildren(h('h3', {}, 'Its queries'), h('p', { class: 'about' }, 'asking the app …'));
        try {
            const of = await ofRequest(exchange.requestId);
            below.replaceChildren(h('h3', {}, 'Its queries, inside the app’s time'), of ? queries(of, appMs)
                : h('p', {}, 'The app keeps the queries of its last 200 requests; this one is not among them any more, or another one of its servers had it.'));
        } catch (error) {
            below.replaceChildren(problem(error));
        }
    }

    draw();
    drawQueries();
    timer = setInterval(refresh, PAUSE);
    // few are soon read
    return its?.queries <= FEW ? [below, left, right] : [left, right, below];
}
