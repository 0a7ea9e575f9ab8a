// What the words of nginx.conf mean, from the same table as docs/nginx.md: for completion, and for the word under the pointer.
import { call } from '../lib/api.js';
import { h } from '../lib/dom.js';

let table = null;

/** { directives: Map, variables: Map } by name. */
function words() {
    table ??= call('GET', 'directives').then(({ directives, variables }) => ({
        directives: new Map(directives.map((each) => [each.name, each])), variables: new Map(variables.map((each) => [each.name.replace(/^\$?/, '$'), each])),
    })).catch((error) => {
        table = null;
        throw error;
    });
    return table;
}

/** The blocks around a place: { 0: outermost … }. */
function contexts(cm, at) {
    const before = cm.getRange({ line: 0, ch: 0 }, at).replace(/#.*$/gm, '').replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
    const open = [];
    for (const [, name, brace] of before.matchAll(/(?:([a-z_]+)[^;{}]*)?([{}])/g)) {
        brace === '{' ? open.push(name ?? '') : open.pop();
    }
    return open;
}

/** Completion: directives that may stand here, or variables after a dollar. */
export async function complete(cm) {
    const at = cm.getCursor();
    const line = cm.getLine(at.line).slice(0, at.ch);
    const { directives, variables } = await words();
    const variable = /\$[a-z0-9_]*$/i.exec(line)?.[0];
    const directive = /^\s*([a-z_]*)$/.exec(line.replace(/.*[;{}]/, ''))?.[1];
    if (variable === undefined && directive === undefined) {
        return null;
    }
    const typed = variable ?? directive;
    const here = contexts(cm, at).at(-1) ?? 'main';
    const known = [...(variable === undefined ? directives : variables).values()];
    const fits = (each) => variable !== undefined || each.uses.some(({ contexts: places }) => places.some((context) => context.split(' ')[0] === here));
    const list = known.filter((each) => fits(each) && each.name.replace(/^\$?/, variable === undefined ? '' : '$').startsWith(typed))
        .map((each) => ({ text: variable === undefined ? each.name : each.name.replace(/^\$?/, '$'), displayText: `${each.name}  ${each.means}`.slice(0, 100) }));
    return { list, from: { line: at.line, ch: at.ch - typed.length }, to: at };
}
complete.async = false;

/** What the word at a place means, as nodes; null if it is none of nginx's. */
export async function explain(cm, at) {
    const token = /[$\w]+/g;
    const line = cm.getLine(at.line) ?? '';
    let word = null;
    for (const found of line.matchAll(token)) {
        if (found.index <= at.ch && at.ch <= found.index + found[0].length) {
            [word] = found;
        }
    }
    if (!word) {
        return null;
    }
    const { directives, variables } = await words().catch(() => ({ directives: new Map(), variables: new Map() }));
    const isFirst = line.trimStart().startsWith(word);
    const family = () => [...variables.values()].find((each) => each.family && word.startsWith(each.name));
    const entry = word.startsWith('$') ? variables.get(word) ?? family() : isFirst ? directives.get(word) : null;
    const places = entry?.uses ? [...new Set(entry.uses.flatMap(({ contexts: each }) => each))].join(', ') : '';
    return entry ? [
        h('p', {}, h('strong', {}, entry.name), entry.default ? h('span', { class: 'about' }, ` · default: ${entry.default}`) : null, places ? h('span', { class: 'about' }, ` · in ${places}`) : null,
            entry.url ? [' · ', h('a', { href: entry.url, rel: 'noreferrer' }, 'documentation')] : null),
        h('p', {}, entry.means, entry.support && entry.support !== 'full' ? h('em', {}, entry.support === 'ignored' ? ' (accepted here, without effect)' : ` (here in part${entry.note ? `: ${entry.note}` : ''})`) : null),
    ] : null;
}
