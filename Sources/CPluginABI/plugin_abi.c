#include "cpt_plugin.h"
