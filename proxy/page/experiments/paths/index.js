export default {
    id: 'paths',
    title: 'Paths and locations',
    experiments: {
        'trailing-slash': 'What does the slash at the end of proxy_pass change?',
        'static-files': 'Who should send the static files?',
        'which-location': 'Which location wins?',
        'sub-path': 'Why do redirects leave my app’s sub-path?',
        'encoded-slash': 'What becomes of %2F and double slashes?',
    },
};
