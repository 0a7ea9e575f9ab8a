export default {
    id: 'tells',
    title: 'What the proxy tells the app',
    experiments: {
        'allowed-hosts': 'Why does Django answer 400 Bad Request behind a new proxy?',
        'https-behind-proxy': 'How does the app know that the browser used https?',
        'csrf-origin': 'Why is my POST answered with 403 “origin checking failed”?',
        'redirect-loop': 'Why do http and https redirect to each other for ever?',
        'redirect-port': 'Why does a redirect lose the port?',
        'add-header-inherit': 'Why does one add_header drop the others?',
        'cors': 'Why is the CORS header doubled, or missing on errors?',
    },
};
