#include "geant4.hh"
