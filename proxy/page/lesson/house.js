// A machine as a house, its ports as rooms: with somebody in those where a program listens.
import { h } from '../lib/dom.js';

/** A socket's address as people write it. */
export const shown = (address) => (/^(0:){7}0$|^::$/.test(address) ? '[::]' : /^(0:){7}1$|^::1$/.test(address) ? '[::1]' : address);

export const isLoopback = (address) => /^127\.|^(0:){7}1$|^::1$/.test(address);

/**
 * @param address what stands on the house
 * @param rooms { port, who, text, kind: 'proxy' | 'app' | 'database' | 'client' | 'other' | 'empty', key } in their order
 */
export function house(address, rooms, { label = `The house ${address}` } = {}) {
    return h('figure', { class: 'house-drawing' },
        h('figcaption', {}, address),
        h('ul', { class: 'rooms', 'aria-label': label }, rooms.map(({ port, who, text, kind = 'other', key }) => h('li', { class: `room ${kind}`, 'data-port': port, 'data-key': key },
            h('b', {}, String(port)), h('span', {}, who), text ? h('small', {}, text) : null))));
}

/** Rooms of what the kernel says that listens here; several addresses of one port are one room. */
export function roomsOf(listening) {
    const byPort = new Map();
    for (const socket of listening) {
        const room = byPort.get(socket.port) ?? { port: socket.port, addresses: [], program: socket.program, name: socket.name, pid: socket.pid };
        room.addresses.push(socket.address);
        byPort.set(socket.port, room);
    }
    // several playgrounds may be on one machine: the proxy is the one that has sent this page
    const here = listening.find((socket) => String(socket.port) === (location.port || '80'))?.pid;
    const apps = new Set(listening.filter(({ program }) => /hopyard-backend/.test(program ?? '')).map(({ pid }) => pid));
    const named = (program, pid) => (/hopyard-proxy/.test(program ?? '') && here && pid !== here ? 'another proxy'
        : /hopyard-backend/.test(program ?? '') && apps.size > 1 ? 'an app' : who(program));
    return [...byPort.values()].sort((a, b) => a.port - b.port).map(({ port, addresses, program, name, pid }) => ({
        port,
        who: named(program, pid) ?? 'another user’s program',
        text: [name, addresses.every(isLoopback) ? 'only from inside' : ''].filter(Boolean).join(' · '),
        kind: /proxy/.test(program ?? '') ? 'proxy' : /backend/.test(program ?? '') ? 'app' : isPostgres(program) ? 'database' : 'other',
    }));
}

const isPostgres = (program) => /^postgres\b/.test(program ?? '');

/** A program in the lesson's words. */
export function who(program) {
    return !program ? null : /hopyard-proxy/.test(program) ? 'the proxy' : /hopyard-backend/.test(program) ? 'the app' : isPostgres(program) ? 'PostgreSQL' : program.replace(/ \(\d+\)$/, '');
}
