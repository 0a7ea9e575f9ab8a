package hopyard.proxy.modules.ssl;

/** What is asked of clients: {@code ssl_verify_client}. */
enum VerifyClient {
    OFF,
    /** A certificate that is right. */
    ON,
    /** One that is right, if they have one. */
    OPTIONAL,
    /** Any, if they have one; whether somebody vouches for it does not matter. */
    OPTIONAL_NO_CA
}
