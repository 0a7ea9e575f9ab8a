// Header fields as they stand in a message; with changes, each with the nginx.conf line that made it.
import { tell } from '../lib/api.js';
import { h, place } from '../lib/dom.js';

/** Header fields; with `changes`, first the added, changed and removed ones, each with the line that did it. */
export function list(title, startLine, fields, changes) {
    const byName = new Map((changes ?? []).map((change) => [change.header.toLowerCase(), change]));
    const same = [];
    const different = [];
    for (const [name, value] of fields) {
        const change = byName.get(name.toLowerCase());
        (change && !change.was.includes(value) ? different : same).push([name, value, change]);
    }
    for (const change of byName.values()) {
        if (change.kind === 'removed') {
            change.was.forEach((value) => different.push([change.header, value, change]));
        }
    }
    const rows = (each, marked) => h('ul', { class: 'headers' }, each.map(([name, value, change]) => row(name, value, marked && change)));
    return h('div', {}, h('h3', {}, title), startLine ? h('p', { class: 'start-line' }, startLine) : null,
        changes ? [
            different.length ? rows(different, true) : h('p', {}, 'Nothing.'),
            same.length ? h('details', {}, h('summary', {}, `${same.length} passed on as ${same.length === 1 ? 'it' : 'they'} came`), rows(same)) : null,
        ] : rows(same));
}

const MARKS = { added: ['+', 'added'], changed: ['~', 'changed'], removed: ['−', 'removed'] };

function row(name, value, change) {
    if (!change) {
        return h('li', {}, h('span', { class: 'mark' }), h('span', {}, h('b', {}, name), ': ', value));
    }
    // another line of a field that keeps those it had is added to it
    const kind = change.kind === 'changed' && change.was.every((each) => change.is.includes(each)) ? 'added' : change.kind;
    const [sign, text] = MARKS[kind];
    return h('li', { class: kind, 'data-header': name.toLowerCase() },
        h('span', { class: 'mark', role: 'img', 'aria-label': text, title: text }, sign),
        h('span', {},
            kind === 'removed' ? h('del', {}, h('b', {}, name), ': ', value) : [h('b', {}, name), ': ', value],
            kind === 'changed' && change.was.length === 1 ? h('small', {}, `was: ${change.was[0]}`) : null,
            change.by ? configLine(change) : h('small', {}, change.why)));
}

/** A line of nginx.conf that leads to where it stands in Config. */
export function configLine(at) {
    return h('button', {
        type: 'button',
        class: 'line',
        click: () => tell('ask', { tab: 'config', name: 'line', detail: at }),
    }, at.line ? h('span', {}, place(at)) : null, ` ${at.by ?? at.text ?? ''}`);
}
