// Lines of nginx.conf that many experiments need.

/** A location of one's own with any proxy_set_header inherits none, so what keeps the app content is said again. */
export const HOST = 'proxy_set_header Host $http_host;';

/** Locations that differ in one line only: { name: line } become /experiment/NAME/ with that line, passed on without the prefix. */
export const variants = (lines) => Object.entries(lines)
    .map(([name, line]) => `location /experiment/${name}/ {\n    ${line}\n    ${HOST}\n    proxy_http_version 1.1;\n    proxy_pass http://app/;\n}`).join('\n');
