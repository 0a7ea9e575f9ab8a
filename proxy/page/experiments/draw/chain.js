// A chain of hops: houses with their address and the port (the room) that was used, roads between them, and what each house knows.
import { h } from '../../lib/dom.js';
import { ends, figure, hops } from './figure.js';

/**
 * Draws chains under one another, so that they can be compared.
 *
 * @param rows a list of { label, parts, id }; `parts` are made by house() and road()
 */
export function chains(caption, rows) {
    return figure('chains', caption, rows.map(({ label, parts, id, note }) => h('div', { class: 'chain' },
        h('p', { class: 'chain-label' }, h('b', {}, label), note ? ` ${note}` : null, ' ', hops(id, label)),
        h('ol', {}, parts))));
}

/**
 * A house.
 *
 * @param who client, proxy, app or database: its colour
 * @param name what stands above the door
 * @param at its address, `host:port` or a host
 * @param says a list of [label, value, tone]: what is known or said there; tone is ok, not or nothing
 */
export function house(who, name, at, says = []) {
    const [street, room] = ends(at);
    return h('li', { class: `a-house ${who}` },
        h('span', { class: 'roof', 'aria-hidden': 'true' }),
        h('div', { class: 'walls' },
            h('b', {}, name),
            street ? h('span', { class: 'street' }, h('span', { class: 'unseen' }, 'address '), street) : null,
            room ? h('span', { class: 'room' }, h('span', { class: 'unseen' }, 'port '), room) : null,
            says.length ? h('dl', {}, says.map(([label, value, tone]) => h('div', { class: tone ?? false }, h('dt', {}, label), h('dd', {}, value)))) : null));
}

/**
 * The road between two houses.
 *
 * @param text what goes along it
 * @param broken nothing gets through
 * @param secure it is encrypted
 */
export function road(text, { broken = false, secure = false } = {}) {
    return h('li', { class: `a-road${broken ? ' broken' : ''}${secure ? ' secure' : ''}` },
        h('span', { class: 'road-text' }, broken ? h('span', { class: 'unseen' }, 'gets no further: ') : null, text),
        h('i', { 'aria-hidden': 'true' }));
}
