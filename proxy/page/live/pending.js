// Requests under way, on top of the table of Live: how long already, and whom each waits for.
import { bytes, counted, h } from '../lib/dom.js';
import { openBar } from './bars.js';

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
 * @param open is called with one that somebody has chosen
 */
export function pendingRows(isHeld, open) {
    const body = h('tbody', { class: 'pending' });
    const rows = new Map();
    let newest = [];

    function row(each) {
        const status = h('td', { class: 'status-cell' });
        const size = h('td', { class: 'size number' });
        const where = h('span', {});
        const total = h('td', { class: 'total number' });
        const bar = openBar(each);
        const name = `${each.method} ${each.target}`;
        const element = h('tr', { 'data-pending': each.id },
            h('td', { class: 'pin' }), h('td', { class: 'number' }, '…'),
            h('td', { class: 'request' }, h('button', { type: 'button', class: 'plain', title: name, click: () => open(each) }, h('b', {}, each.method), ` ${each.target}`)),
            status, h('td', { class: 'type' }), size, h('td', { class: 'from' }, each.from), h('td', { class: 'time' }, new Date(each.startedAt).toLocaleTimeString('en-GB')),
            h('td', { class: 'where' }, where, bar.element), total);
        return {
            element,
            tell(now) {
                status.textContent = now.status ?? '…';
                size.textContent = bytes(now.sent);
                where.textContent = `${waitsFor(now)}${now.messageCount ? `; ${counted(now.messageCount, 'message')}` : ''}`;
                where.title = where.textContent;
                total.textContent = seconds(now.sinceMs);
                bar.tell(now);
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
        /** When the oldest of them began, and what time it is for them, in ms since 1970; null without any. */
        since: () => (newest.length ? Math.min(...newest.map(({ startedAt }) => startedAt)) : null),
        until: () => (newest.length ? Math.max(...newest.map(({ startedAt, sinceMs }) => startedAt + sinceMs)) : null),
    };
}
