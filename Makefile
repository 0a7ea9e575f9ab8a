# The verbs that people expect. Each is one command, which you can type as well: "make -n VERB" shows it.
MVN = mvn

.PHONY: help run build test one format bench clean

help:                ## list these verbs
	@sed -n 's/^\([a-z]*\): *## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

run:                 ## start proxy, app and database; with options: make run ARGS="--proxy-port 8080"
	./playground $(ARGS)

build:               ## build the jars, without the tests
	$(MVN) -B -ntp -DskipTests package

test:                ## run all tests, as CI does: about half an hour
	$(MVN) -B -ntp verify

one:                 ## run one test: make one T=LimitsTest, T=LimitsTest#itsMethod, T=PlaygroundIT
	@test -n "$(T)" || { echo 'which one? make one T=LimitsTest'; exit 2; }
	@class=$$(echo '$(T)' | sed 's/#.*//'); module=$$(find ./*/src/test -name "$$class.java" | cut -d/ -f2); \
	test -n "$$module" || { echo "there is no test class $(T) in */src/test"; exit 2; }; \
	case '$(T)' in \
	    *IT | *IT\#*) set -- verify -Dtest=NONE -Dit.test='$(T)' -Dfailsafe.failIfNoSpecifiedTests=false ;; \
	    *) set -- test -Dtest='$(T)' ;; \
	esac; \
	$(MVN) -q -B -pl $$module -am "$$@" -Dsurefire.failIfNoSpecifiedTests=false && \
	awk -F'[:,]' '/^Tests run/ { print "passed: " $$2 - $$8 ", skipped:" $$8 }' $$module/target/*-reports/*."$$class".txt

format:              ## format the Java sources, and wrap Javadoc and the documents
	$(MVN) -q -B spotless:apply
	docs/wrap

bench:               ## run one bench: make bench B=compare ARGS="--help"; without B, list them
	@test -n "$(B)" || { echo 'which one? make bench B=compare; there are:'; ls bench | grep -vE '^lib$$|\.'; exit 2; }
	bench/$(B) $(ARGS)

clean:               ## remove what has been built
	$(MVN) -q -B clean
