// Which location answers, and why: the console has the serving code walk a request through, and sends nothing.
import { call } from '../lib/api.js';
import { field, h, place, problem } from '../lib/dom.js';

/**
 * @param text gives a configuration that does not run yet, or null for the running one
 * @param go leads to a line
 */
export function testerPanel({ text, go }) {
    const method = h('input', { value: 'GET', size: 7, spellcheck: 'false', required: true });
    const target = h('input', { value: '/whoami', required: true, spellcheck: 'false' });
    const host = h('input', { value: location.host, spellcheck: 'false' });
    const headers = h('textarea', { rows: 2, spellcheck: 'false', placeholder: 'Upgrade: websocket' });
    const out = h('div', { 'aria-live': 'polite', id: 'tester-said' });

    const where = (at) => (at?.line ? h('button', { type: 'button', class: 'line', click: () => go(at.line, at.file) }, h('span', {}, place(at))) : null);

    async function submit(event) {
        event.preventDefault();
        const unsaved = text();
        try {
            const lines = headers.value.split('\n').map((line) => line.trim()).filter(Boolean).map((line) => {
                const colon = line.indexOf(':', 1);
                if (colon < 0) {
                    throw new Error(`"${line}" is no header: write Name: value`);
                }
                return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
            });
            const answer = await call('POST', 'location', {
                method: method.value, target: target.value, host: host.value, headers: lines, ...(unsaved === null ? {} : { text: unsaved }),
            });
            out.replaceChildren(...[unsaved === null ? null : h('p', { class: 'about' }, 'By the text in the editor, which does not run yet.'), ...show(answer)].filter(Boolean));
        } catch (error) {
            out.replaceChildren(problem(error));
        }
    }

    const MATCHES = { yes: '✓', no: '–', not_tried: 'not tried' };

    function candidate(each) {
        return h('li', { class: each.chosen ? 'chosen' : each.match === 'yes' ? null : 'passed', style: { 'margin-left': `${each.depth}rem` } },
            each.chosen ? '► ' : `${MATCHES[each.match] ?? each.match} `, h('code', {}, each.text.replace(/\s*\{$/, '')), ' ', where(each));
    }

    function step(each) {
        return h('li', { class: each.holds === false ? 'passed' : null },
            each.text ? [h('code', {}, each.text.replace(/\s*\{$/, '')), ' ', where(each)] : null, h('div', {}, each.what),
            each.search ? [h('ul', { class: 'way' }, each.search.candidates.map(candidate)), each.search.more ? h('p', { class: 'about' }, `and ${each.search.more} more`) : null, each.search.why === each.what ? null : h('p', {}, each.search.why)] : null,
            each.asked ? h('div', { class: 'way' }, h('ol', { class: 'way' }, each.asked.steps.map(step)), h('p', {}, each.asked.answer.text)) : null);
    }

    function show({ server, steps, uri, args, answer, upstream, unknown, log, location: found }) {
        return [
            h('h4', {}, 'Server'), server ? [h('p', {}, h('code', {}, server.name || server.text), ' ', where(server)), h('p', { class: 'about' }, server.why)] : h('p', {}, 'none'),
            h('h4', {}, 'Way'), h('ol', { class: 'way' }, steps.map(step)),
            h('h4', {}, 'Answer'), h('p', { id: 'tester-answer' }, answer.text, answer.file ? [' ', h('code', {}, answer.file)] : null),
            found ? h('p', {}, 'in ', h('code', {}, found.text.replace(/\s*\{$/, '')), ' ', where(found), ', URI ', h('code', {}, uri + (args ? `?${args}` : ''))) : null,
            upstream ? [
                h('h4', {}, `Upstream: ${upstream.scheme}://${upstream.name}`), where(upstream),
                h('p', { class: 'about' }, `${upstream.peers.map((peer) => peer.address).join(', ')} (${upstream.balancing.replaceAll('_', ' ')})`),
                h('ul', { class: 'headers' }, upstream.head.map((line) => h('li', {}, h('span', { class: 'mark' }, ''), h('span', {}, line.header,
                    line.varies ? h('small', {}, 'another one in each request') : null,
                    line.line ? h('button', { type: 'button', class: 'line', click: () => go(line.line, line.file) }, h('span', {}, place(line)), ` ${line.text}`) : line.why ? h('small', {}, line.why) : null)))),
            ] : null,
            unknown.length ? [h('h4', {}, 'What only sending it would show'), h('ul', {}, unknown.map((each) => h('li', {}, each)))] : null,
            log.length ? [h('h4', {}, 'The error log would get'), h('pre', { tabindex: '0', 'aria-label': 'Lines of the error log' }, log.join('\n'))] : null,
        ].flat(Infinity).filter(Boolean);
    }

    const element = h('section', { class: 'card', id: 'tester' },
        h('h3', {}, 'Which location, and why?'), h('p', { class: 'about' }, 'Nothing is sent. It takes the text in the editor as it stands.'),
        h('form', { class: 'grid', submit }, field('Method', method), field('Target', target), field('Host', host), field('Headers, one a line', headers),
            h('p', { class: 'buttons' }, h('button', { class: 'primary' }, 'Walk it through'))), out);
    return { element };
}
