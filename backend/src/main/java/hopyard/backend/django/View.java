package hopyard.backend.django;

/** What answers a request. */
interface View {

    HttpResponse answer(HttpRequest request) throws Raised;

    /** Whether it is asked without a look at the token against forgeries. */
    default boolean isCsrfExempt() {
        return false;
    }

    /** Returns a view that needs no token. */
    static View csrfExempt(View view) {
        return new View() {
            @Override
            public HttpResponse answer(HttpRequest request) throws Raised {
                return view.answer(request);
            }

            @Override
            public boolean isCsrfExempt() {
                return true;
            }
        };
    }
}
