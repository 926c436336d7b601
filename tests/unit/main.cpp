// The one main of the unit tests: no network, no disk, no sleep, no real clock.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
