// Requests under way, on top of the table of Live: how long already, and whom each waits for.
import { h } from '../lib/dom.js';
import { COLUMNS, pendingCell } from './columns.js';

/**
 * @param isHeld whether somebody points at the table, so that no row may come or go
 * @param open is called with one that somebody has chosen
 */
export function pendingRows(isHeld, open) {
    const body = h('tbody', { class: 'pending' });
    const rows = new Map();
    let newest = [];

    function row(each) {
        const cells = COLUMNS.map((column) => pendingCell(column, each, open));
        return {
            element: h('tr', { 'data-pending': each.id }, h('td', { class: 'pin' }), cells.map(({ element }) => element)),
            tell: (now) => cells.forEach((cell) => cell.tell?.(now)),
            end: () => cells.forEach((cell) => cell.end?.()),
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
