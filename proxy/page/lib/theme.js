// Light, dark, and a projector's large type and strong contrast; remembered by the browser.

const NAMES = { auto: 'system', light: 'light', dark: 'dark', projector: 'projector' };

export const themes = Object.entries(NAMES);

function stored() {
    try {
        return localStorage.getItem('hopyard-theme');
    } catch {
        // a browser that keeps nothing
        return null;
    }
}

export const theme = () => (NAMES[stored()] ? stored() : 'auto');

export function choose(name) {
    try {
        localStorage.setItem('hopyard-theme', name);
    } catch {
        // then it holds for this page
    }
    show(name);
}

export function show(name = theme()) {
    document.documentElement.dataset.theme = name;
    dispatchEvent(new Event('themechange'));
}
