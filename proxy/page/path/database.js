// The database as the last hop of the path: what it did for the shown exchange, by the app's member of Hop-Trace or, where no response
// brought one, by what the app says of the request.
import { h, ms } from '../lib/dom.js';
import { database, isConfigured, look, ofRequest, sawApp } from '../lib/database.js';

const CONNECTION = 'the connection to PostgreSQL';

/** By the error's code: on the wire, and as a sentence's end. */
const FAULTS = {
    pool_timeout: ['no connection was free', ({ waitMs }) => `the app’s pool had no free connection within ${ms(waitMs)}, so PostgreSQL was not asked`],
    connection_refused: ['not connected', () => `the app could not connect to PostgreSQL at ${where()}${why()}`],
    connection_lost: ['broken off', () => `${CONNECTION} was broken off: it, or its process for this connection, has ended`],
    statement_timeout: ['statement_timeout', () => `PostgreSQL gave the query up by itself${database()?.statementTimeoutMs ? ` after ${ms(database().statementTimeoutMs)}` : ''} (statement_timeout)`],
    lock_timeout: ['lock_timeout', () => 'the query waited for a lock that another transaction held, until PostgreSQL gave it up (lock_timeout)'],
    too_many_connections: ['too many clients', () => 'PostgreSQL takes no more connections (max_connections)'],
    auth_failed: ['not let in', () => 'PostgreSQL does not let the app in: user, password or database are wrong'],
    tls_failed: ['no TLS with it', () => `${CONNECTION} was to be encrypted, and could not be`],
    sql_error: ['SQL error', () => 'PostgreSQL refused a statement'],
};

/** Why it cannot be reached now, in the app's words without what stands before them; empty if it can. */
const why = () => (database()?.reachable === false ? `: ${database().error?.text?.replace(/^.* cannot be reached: /, '').replace(/\.$/, '')}` : '');

/** An error's code in few words, as on the wire. */
export const fault = (code) => FAULTS[code]?.[0] ?? code.replaceAll('_', ' ');

/** Where it listens, as far as the app has said. */
export const where = () => {
    const { server } = database() ?? {};
    return server?.address ?? (server?.host ? `${server.host}:${server.port}` : 'its port');
};

/**
 * What it did for an exchange: { name, from, at, tls, pid, connection, request, waitMs, queries, rows, durMs, error, isUnderWay }; null if
 * nothing is known of that.
 */
export function part({ hops, ofDatabase }) {
    const hop = hops.find((each) => each.database);
    if (hop) {
        const { name, from, at, connection, request, durMs } = hop;
        return { name, from, at, connection, request, durMs: durMs ?? null, tls: hop.tls ?? null, ...hop.database, isUnderWay: false };
    }
    if (!ofDatabase) {
        return null;
    }
    const { connection, poolWaitMs, queries, queryCount, error } = ofDatabase;
    const last = queries.at(-1);
    const isUnderWay = Boolean(last) && last.durMs === null;
    return {
        name: 'postgres', from: connection?.from ?? null, at: connection?.at ?? null, pid: connection?.pid ?? null,
        connection: connection?.serial ?? null, request: connection?.use ?? null, tls: database()?.server?.tls ?? null,
        waitMs: poolWaitMs, queries: queryCount ?? queries.length, rows: queries.reduce((sum, each) => sum + (each.rows ?? 0), 0),
        durMs: last && !isUnderWay ? last.startMs + last.durMs - queries[0].startMs : null, error, isUnderWay,
    };
}

/** Whether the response has said nothing of the hops behind the proxy, although an app had the request. */
const isSilent = ({ hops, tries, imported }) => !imported && hops.length < 2 && Boolean(tries.at(-1)?.to);

/** All that is said of it, to see whether that has changed. */
const drawn = (exchange) => JSON.stringify([isOnPath(exchange), part(exchange), blame(exchange), where()]);

/** Asks what the drawing of an exchange needs and does not have; gives whether there is more now. */
export async function about(exchange) {
    sawApp(exchange);
    const before = drawn(exchange);
    const silent = isSilent(exchange);
    try {
        await look({ fresh: silent || Boolean(part(exchange)?.error) });
        if (silent) {
            exchange.ofDatabase = await ofRequest(exchange.requestId);
        }
    } catch {
        // the console refuses to ask: then the path is drawn without
        return false;
    }
    return drawn(exchange) !== before;
}

/** Whether PostgreSQL was still at it when the app was asked last. */
export const isUnderWay = (exchange) => Boolean(part(exchange)?.isUnderWay);

/** Whether it stands on the path of an exchange. */
export const isOnPath = (exchange) => Boolean(part(exchange)) || (isConfigured() && exchange.tries.length > 0 && !exchange.imported
    && (exchange.hops.length > 1 || exchange.ofDatabase === null));

/** Why it, or the way to it, is to blame; empty if it is not. */
export function blame(exchange) {
    const its = part(exchange);
    if (its?.error) {
        return (FAULTS[its.error]?.[1] ?? (() => `the database: ${its.error}`))(its);
    }
    if (!its || exchange.hops.length > 1) {
        return '';
    }
    // nobody waited for the app's answer, which would have said it
    return its.isUnderWay ? 'PostgreSQL is still at its query' : its.durMs === null ? '' : `PostgreSQL was at it for ${ms(its.durMs)}`;
}

const count = ({ queries, rows }) => `${queries} ${queries === 1 ? 'query' : 'queries'}, ${rows} ${rows === 1 ? 'row' : 'rows'}`;

function spoken(tls) {
    const version = tls?.replace('TLSv', 'TLS ');
    return h('span', { class: 'spoken', title: version ? `PostgreSQL over ${version}` : 'PostgreSQL, not encrypted' }, h('span', { class: 'unseen' }, 'speaks '),
        version ? `PostgreSQL, ${version}` : 'PostgreSQL', version ? null : h('span', { class: 'unseen' }, ', not encrypted'));
}

/**
 * The wire to it and its box, for the path's own wire() and node().
 *
 * @return { wire, node: [name, text, line] }
 */
export function hop(exchange) {
    const its = part(exchange);
    if (!its) {
        return {
            wire: { from: null, at: where(), time: null, note: 'not used', isIdle: true, lock: spoken(database()?.server?.tls) },
            node: ['postgres', 'not asked', null],
        };
    }
    const isWaiting = !its.from && !its.error;
    const short = its.error ? fault(its.error) : isWaiting ? 'waiting for a connection' : null;
    const waited = its.waitMs >= 0.005 ? `${ms(its.waitMs)} in the pool’s queue` : 'no wait in the pool';
    const time = its.durMs === null && !its.waitMs ? null : (its.durMs ?? 0) + (its.waitMs ?? 0);
    return {
        wire: {
            from: its.from, at: its.at ?? where(), time, timeName: 'the pool and the database were waited for',
            broken: Boolean(its.error) && !its.from, silent: Boolean(its.error) && Boolean(its.from), isIdle: isWaiting, lock: its.from ? spoken(its.tls) : null,
            note: short ? `${short}; ${waited}` : its.isUnderWay ? `under way; ${waited}` : `${count(its)}; ${waited}`,
        },
        node: [its.name, short ?? (its.isUnderWay ? 'still at it' : count(its)), its.pid === null ? null : `process ${its.pid}`],
    };
}

/** The app's own part of its time, in ms; null where it cannot be told. */
export function ownTime(exchange, { durMs }) {
    const its = part(exchange);
    const had = its && (its.from ? its.durMs : 0);
    const own = its && had !== null ? durMs - had - (its.waitMs ?? 0) : -1;
    return own >= 0 ? own : null;
}
