#include "views/top.h"
static int d(struct top *t, struct area a) { (void)t; (void)a; return 0; }
const struct pane_ops pane_destinations = { .title = "Destinations", .draw = d };
