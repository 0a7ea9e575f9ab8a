// Lesson: ports and network services in short chapters, each with a picture of this very machine and one thing to do.
import { h, problem } from '../lib/dom.js';
import { go, link, route } from '../lib/router.js';
import * as house from '../lesson/c1-house.js';
import * as services from '../lesson/c2-services.js';
import * as listening from '../lesson/c3-listening.js';
import * as reach from '../lesson/c4-reach.js';
import * as ephemeral from '../lesson/c5-ephemeral.js';
import * as protocols from '../lesson/c6-protocols.js';
import * as proxy from '../lesson/c7-proxy.js';
import * as headers from '../lesson/c8-headers.js';
import * as docker from '../lesson/c9-docker.js';

const CHAPTERS = Object.entries({ house, services, listening, reach, ephemeral, protocols, proxy, headers, docker });

/** The chapters that have been opened to their end, remembered by the browser. */
const READ = 'hopyard-lesson';

function read() {
    try {
        return new Set(JSON.parse(localStorage.getItem(READ)) ?? []);
    } catch {
        // a browser that keeps nothing: then nothing is marked
        return new Set();
    }
}

function mark(id) {
    const all = read().add(id);
    try {
        localStorage.setItem(READ, JSON.stringify([...all]));
    } catch {
        // see above
    }
}

export function panel() {
    const made = {};
    const list = h('ol', { id: 'chapters', 'aria-label': 'Chapters' });
    const page = h('article', { id: 'chapter', tabindex: '-1' });
    let shown = null;

    function draw(id) {
        const done = read();
        list.replaceChildren(...CHAPTERS.map(([each, { title }]) => h('li', {}, h('a', {
            href: link({ tab: 'lesson', args: [each] }), 'aria-current': each === id ? 'page' : false,
        }, title, done.has(each) ? h('span', { class: 'done' }, h('span', { class: 'unseen' }, ' read'), h('span', { 'aria-hidden': 'true' }, ' ✓')) : null))));
    }

    async function opened() {
        const asked = route().args[0];
        const at = Math.max(0, CHAPTERS.findIndex(([id]) => id === asked));
        const [id, { title, chapter }] = CHAPTERS[at];
        draw(id);
        if (shown !== id) {
            made[shown]?.closed?.();
            shown = id;
            made[id] ??= chapter();
            const [next] = CHAPTERS[at + 1] ?? [];
            page.replaceChildren(
                h('p', { class: 'about' }, `Chapter ${at + 1} of ${CHAPTERS.length}`), h('h2', {}, title), ...[made[id].content].flat(Infinity),
                h('p', { class: 'buttons' },
                    at ? h('a', { class: 'button', href: link({ tab: 'lesson', args: [CHAPTERS[at - 1][0]] }) }, '← ', CHAPTERS[at - 1][1].title) : null,
                    next ? h('button', { type: 'button', class: 'primary', click: () => turn(id, next) }, CHAPTERS[at + 1][1].title, ' →')
                        : h('button', { type: 'button', class: 'primary', click: () => { mark(id); go({ tab: 'experiments' }); } }, 'On to the experiments →')));
        }
        page.classList.add('waiting');
        try {
            await made[id].opened?.();
        } catch (error) {
            page.append(problem(error));
        }
        page.classList.remove('waiting');
    }

    function turn(id, next) {
        mark(id);
        go({ tab: 'lesson', args: [next] });
        page.focus();
    }

    return {
        opened,
        closed() {
            made[shown]?.closed?.();
        },
        content: [h('div', { class: 'lesson' }, h('nav', { 'aria-label': 'Chapters' }, list), page)],
    };
}
