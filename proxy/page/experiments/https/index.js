export default {
    id: 'https',
    title: 'HTTPS and certificates',
    experiments: {
        'https-redirect': 'What has gone in clear text when http redirects to https?',
        'proto-for-real': 'Does the app know which requests came by https?',
        'wrong-name': 'What reaches the server if its certificate is for another name?',
        'expired': 'Who notices that a certificate has expired?',
        'sni': 'How do two sites with two certificates share one port?',
        'client-certificate': 'What does a client without a certificate get?',
        'resumption': 'What is saved when a client comes back?',
        'plain-to-https': 'What happens to plain http at the https port?',
        'six-or-one': 'How many connections does a page take?',
        're-encrypt': 'Does proxy_pass https:// check whom it talks to?',
        'passthrough': 'What does a proxy see that passes TLS through?',
    },
};
