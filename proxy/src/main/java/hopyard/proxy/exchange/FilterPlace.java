package hopyard.proxy.exchange;

/** The order of nginx's filters, in which the fields of a response pass them, and its content, too. */
public enum FilterPlace {
    /** What changes nothing but fields, such as {@code add_header}. */
    FIELDS,
    GUNZIP,
    ADDITION,
    SUB,
    CHARSET,
    SSI,
    /** Where the contents of subrequests come into the content of their request. */
    SUBREQUESTS,
    GZIP
}
