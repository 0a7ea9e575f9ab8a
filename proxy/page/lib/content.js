// Content of a message, as a person reads it.
import { counted, h } from './dom.js';

/** Bytes in the manner of hexdump, the first of them. */
export function hex(base64, most = 512) {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).slice(0, most);
    const lines = [];
    for (let i = 0; i < bytes.length; i += 16) {
        const row = [...bytes.slice(i, i + 16)];
        lines.push(`${i.toString(16).padStart(6, '0')}  ${row.map((b) => b.toString(16).padStart(2, '0')).join(' ').padEnd(48)} ${row.map((b) => (b > 31 && b < 127 ? String.fromCharCode(b) : '.')).join('')}`);
    }
    return lines.join('\n');
}

/** Content as a person reads it: pretty JSON, an image, text, or bytes; `whole`: it is a message with its head. */
export function content({ text, base64, type = '', length, cut, whole = false }) {
    const said = `${whole ? 'All that came back' : 'Content'}, ${counted(length ?? 0, 'byte')}${cut ? ', of which the beginning is shown' : ''}`;
    const heading = h('h3', {}, said);
    if (base64 && /^image\/(png|jpeg|gif|webp|svg\+xml)/.test(type)) {
        return [heading, h('img', { src: `data:${type.replace(/;.*/, '')};base64,${base64}`, alt: `The image, ${said}`, class: 'content-image' })];
    }
    if (base64) {
        return [heading, h('pre', { tabindex: '0', 'aria-label': 'Content as bytes' }, hex(base64))];
    }
    if (!text) {
        return [];
    }
    let shown = text;
    try {
        shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
        // no JSON, or only the beginning of one: shown as it is
    }
    return [heading, h('pre', { tabindex: '0', 'aria-label': 'Content' }, shown)];
}
