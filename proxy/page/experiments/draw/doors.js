// Doors: each with the address that it is bound to, who knocked where, and whether it opened. A bricked-up one is no door for who knocks.
import { h } from '../../lib/dom.js';
import { figure, hops } from './figure.js';

/**
 * Draws doors side by side.
 *
 * @param list of { title, bound, port, knock, opened, said, note, id }: the address bound to, the port, the address that was knocked at, whether it
 *     was let in, and what the other side said
 */
export function doors(caption, list) {
    return figure('doors', caption, h('ol', {}, list.map(({ title, bound, port, knock, opened, said, note, id }) => h('li', { class: opened ? 'open' : 'bricked' },
        h('b', {}, title),
        h('span', { class: 'leaf', 'aria-hidden': 'true' }, h('i', {})),
        h('span', { class: 'room' }, h('span', { class: 'unseen' }, 'bound to '), `${bound}:${port}`),
        knock ? h('span', {}, `knocked at ${knock}:${port}`) : null,
        h('span', { class: opened ? 'ok' : 'not' }, said),
        note ? h('small', {}, note) : null,
        hops(id, title)))));
}
