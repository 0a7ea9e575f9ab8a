// Real tables: header lines before and after, and facts in rows.
import { h } from '../../lib/dom.js';
import { figure, hops } from './figure.js';

/**
 * Draws a table.
 *
 * @param columns the heads of all columns but the first
 * @param rows a list of { label, cells, id, tone }: a cell is text, a list of text and elements, or null for what is not there
 * @param differ marks cells that are not what the cell before says
 */
export function table(caption, columns, rows, { differ = false, absent = 'absent', head = '' } = {}) {
    const anyHops = rows.some((row) => row.id);
    return figure('facts', caption, h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
        h('table', {},
            h('thead', {}, h('tr', {}, head ? h('th', { scope: 'col' }, head) : h('td', {}), columns.map((column) => h('th', { scope: 'col' }, column)),
                anyHops ? h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'Hops')) : null)),
            h('tbody', {}, rows.map(({ label, cells, id, tone }) => h('tr', { class: tone ?? false },
                h('th', { scope: 'row' }, label),
                cells.map((cell, i) => h('td', { class: differ && i > 0 && String(cell) !== String(cells[i - 1]) ? 'differs' : false },
                    cell === null || cell === undefined || cell === '' ? h('em', { class: 'absent' }, absent) : cell)),
                anyHops ? h('td', {}, hops(id, label)) : null))))));
}

/** Header lines at several points: `sides` is a list of [head, { name: value }]; only what somebody has is shown. */
export function headers(caption, names, sides) {
    return table(caption, sides.map(([head]) => head), names
        .filter((name) => sides.some(([, fields]) => fields[name] !== undefined))
        .map((name) => ({ label: h('code', {}, name), cells: sides.map(([, fields]) => fields[name] ?? null) })), { differ: true });
}
