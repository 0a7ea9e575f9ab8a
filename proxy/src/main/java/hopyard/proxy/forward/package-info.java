/**
 * One exchange forwarded: attempts and failures, the request body on its way up, the response on its way down, and the
 * tunnel that an upgrade leaves behind. What nginx keeps in {@code ngx_http_upstream.c}.
 */
package hopyard.proxy.forward;
