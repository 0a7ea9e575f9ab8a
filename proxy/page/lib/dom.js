// Elements without a framework: h('p', { class: 'said' }, 'text', element). Text is always text, never markup.

/** Makes an element. Functions are listeners, `style` is an object, false and null leave an attribute out. */
export function h(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (typeof value === 'function') {
            element.addEventListener(name, value);
        } else if (name === 'style') {
            // set by property: the page's Content-Security-Policy allows no style attributes
            Object.entries(value).forEach(([property, v]) => element.style.setProperty(property, v));
        } else if (value !== false && value !== null && value !== undefined) {
            element.setAttribute(name, value === true ? '' : value);
        }
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

export const $ = (selector, root = document) => root.querySelector(selector);

/** Milliseconds for people: three digits are enough. */
export function ms(value) {
    if (value === null || value === undefined) {
        return '–';
    }
    const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return `${value.toFixed(digits)} ms`;
}

export const count = (value) => value.toLocaleString('en');

/** A number of things with their name: "1 answer", "2 answers". */
export const counted = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

/** The same in as many characters as fit a margin: 999, 1.2k, 12k, 1.2M. */
export function short(value) {
    const [factor, unit] = value < 1000 ? [1, ''] : value < 999_500 ? [1e3, 'k'] : [1e6, 'M'];
    const scaled = value / factor;
    return `${unit && scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)}${unit}`;
}

/** How much that is, for people. */
export function bytes(value) {
    return value < 1000 ? `${value} B` : value < 1e6 ? `${(value / 1e3).toFixed(1)} kB` : `${(value / 1e6).toFixed(1)} MB`;
}

/** The file's own name, for a place in the configuration. */
export const place = (at) => `${at.file.replace(/.*\//, '')}:${at.line}`;

/** A button that copies a text which is on the page. */
export function copyButton(text) {
    const button = h('button', {
        type: 'button',
        class: 'small',
        click: async () => {
            try {
                await navigator.clipboard.writeText(text());
                button.textContent = 'copied';
            } catch {
                // only a page of https or localhost may write there
                button.textContent = 'select it and copy';
            }
            setTimeout(() => { button.textContent = 'copy'; }, 1500);
        },
    }, 'copy');
    return button;
}

/**
 * Has a button take no press, or take them again. It keeps the keyboard's focus, which one with `disabled` loses: who has just pressed it
 * would be nowhere.
 */
export function rest(button, is) {
    button.setAttribute('aria-disabled', String(is));
}

// also what Enter in a field does is a click on the form's button
document.addEventListener('click', (event) => {
    if (event.target.closest?.('button[aria-disabled="true"]')) {
        event.preventDefault();
        event.stopImmediatePropagation();
    }
}, true);

/** A labelled control of a form. */
export function field(label, control, hint) {
    return h('label', { class: 'field' }, h('span', {}, label), control, hint ? h('small', {}, hint) : null);
}

/** Shows what went wrong where it went wrong. */
export function problem(error) {
    return h('p', { class: 'problem', role: 'alert' }, error.message ?? String(error));
}
