// Where the app's database lives, as the app and the kernel say.
import { look, mayAsk } from '../lib/database.js';
import { isLoopback, who } from './house.js';

export const USUAL = 5432;

/** What /db said, or null; an app whose program the kernel knows as ours may be asked. */
export async function asked(listening) {
    if (listening.some(({ program }) => /hopyard-backend/.test(program ?? ''))) {
        mayAsk();
    }
    return look().catch(() => null);
}

const split = (address) => [address.slice(0, address.lastIndexOf(':')), Number(address.slice(address.lastIndexOf(':') + 1))];

/** The same as { host, port }; null where it is not known. */
export function place(state) {
    if (!state?.configured || !state.server) {
        return null;
    }
    const { address, host, port } = state.server;
    const [ip, number] = address ? split(address) : [host, port];
    return { host: ip, port: number };
}

/** A sentence about the app's database; empty where nothing is known. */
export function sentence(state, listening) {
    if (!state) {
        return '';
    }
    if (!state.configured) {
        return `The app has no database now (${state.reason}), so room ${USUAL} is not its.`;
    }
    const at = place(state);
    if (!at) {
        return 'The app has a database, and has not reached it yet.';
    }
    const isHere = isLoopback(at.host) && listening.some(({ port }) => port === at.port);
    const other = listening.find(({ port }) => port === USUAL);
    const room = at.port === USUAL ? `room ${USUAL}, the usual one` : `room ${at.port} (the usual one, ${USUAL}, ${other ? `is taken by ${who(other.program) ?? 'another user’s program'}` : 'is empty'})`;
    return state.reachable === false ? `The app’s PostgreSQL should be in ${room}, at ${at.host}, but does not answer there now.`
        : isHere ? `The app’s PostgreSQL lives in this house, in ${room}: the app asks there, and nobody else has to.`
            : `The app’s PostgreSQL lives in another house, ${at.host}, in ${room}.`;
}
