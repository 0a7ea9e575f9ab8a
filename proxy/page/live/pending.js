// Requests under way, on top of the table of Live: how long already, and whom each waits for.
import { h } from '../lib/dom.js';

const STAGES = {
    receive: () => 'waits for the rest of the client’s request',
    queue: () => 'is held back here: by a limit, a delay or a lock',
    auth: () => 'waits for the answer to auth_request',
    resolve: () => 'waits for a name to be found',
    connect: (at) => `waits for a connection to ${at}`,
    send: () => 'waits for the app to take the request',
    wait: () => 'waits for the app',
    read: () => 'waits for the rest of the app’s answer',
    write: () => 'waits for the client to take the answer',
    tunnel: () => 'is a tunnel now, such as a WebSocket’s',
};

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

export function waitsFor({ stage, stageMs, upstream }) {
    return `${STAGES[stage]?.(upstream ?? 'the app') ?? 'is worked on here'}, ${seconds(stageMs)}`;
}

/**
 * @param isHeld whether somebody points at the table, so that no row may come or go
 */
export function pendingRows(isHeld) {
    const body = h('tbody', { class: 'pending' });
    const rows = new Map();
    let newest = [];

    function row(each) {
        const status = h('td', { class: 'status-cell' });
        const where = h('td', { class: 'where', colspan: '5' });
        const total = h('td', { class: 'total number' });
        const element = h('tr', { 'data-pending': each.id },
            h('td', { class: 'pin' }), h('td', { class: 'number' }, '…'),
            h('td', { class: 'request' }, h('b', {}, each.method), ` ${each.target}`),
            status, where, total);
        return {
            element,
            tell(now) {
                status.textContent = now.status ?? '…';
                where.textContent = waitsFor(now);
                total.textContent = seconds(now.sinceMs);
            },
            end() {
                where.textContent = 'has ended';
            },
        };
    }

    function draw() {
        const held = isHeld();
        const ids = new Set(newest.map(({ id }) => id));
        for (const [id, { element, end }] of rows) {
            if (!ids.has(id)) {
                end();
                if (!held) {
                    element.remove();
                    rows.delete(id);
                }
            }
        }
        for (const each of newest) {
            if (!rows.has(each.id) && !held) {
                const made = row(each);
                rows.set(each.id, made);
                body.append(made.element);
            }
            rows.get(each.id)?.tell(each);
        }
    }

    return {
        body,
        show(list) {
            newest = list;
            draw();
        },
        redraw: draw,
    };
}
