// A unified diff as the console gives it, with its lines marked.
import { counted, h } from '../lib/dom.js';

const KINDS = { '+': 'added', '-': 'removed' };

export function diffView({ hunks, added, removed }) {
    return hunks.length === 0 ? h('p', { class: 'about' }, 'No difference.') : h('div', { class: 'scroll tall unified', tabindex: '0', role: 'region', 'aria-label': `Differences: ${counted(added, 'line')} added, ${removed} removed` },
        hunks.map(({ header, lines }) => h('pre', {}, h('span', { class: 'hunk' }, `${header}\n`), lines.map((line) => h('span', { class: KINDS[line[0]] ?? null }, `${line}\n`)))));
}
