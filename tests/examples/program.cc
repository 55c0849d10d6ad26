// The model of examples/geant4 without Geant4: what it takes, and a line for each hit of two electrons.
#include <cstdio>
#include <cstdlib>

#include "ZooFastSimModel.hh"

int main(int, char** arguments) {
  const G4ThreeVector centre(100, -50, 1000);  // of the calorimeter in the world
  const G4ThreeVector face = centre + G4ThreeVector(0, 0, -198), up(0, 0, 20e3);
  G4Region region;
  ZooFastSimModel model("zoo", &region, arguments[1], std::atoi(arguments[2]));

  const auto taken = [&](const G4ThreeVector& point, const G4ThreeVector& momentum) {
    const G4Track track(point, momentum, 0);
    return model.ModelTrigger(G4FastTrack(track, centre));
  };
  std::printf("%d%d ", model.IsApplicable(*G4Electron::ElectronDefinition()), model.IsApplicable({}));
  for (const auto& offset : {G4ThreeVector(0, 0, 0), G4ThreeVector(4.9, -4.9, 0)})
    std::printf("%d", taken(face + offset, up));
  std::printf("%d ", taken(face, {0, 60e3, 20e3}));
  for (const auto& offset : {G4ThreeVector(0, 0, 1), G4ThreeVector(5.1, 0, 0), G4ThreeVector(0, -5.1, 0)})
    std::printf("%d", taken(face + offset, up));
  for (const auto& other : {G4ThreeVector(0, 0, 900), G4ThreeVector(0, 0, 101e3), G4ThreeVector(0, 90e3, 20e3),
                            G4ThreeVector(0, 0, -20e3)})
    std::printf("%d", taken(face, other));
  std::printf("\n");

  for (double sign : {1, -1}) {
    const G4Track track(face + G4ThreeVector(2 * sign, -3, 0), {3e3 * sign, 1e3, 20e3}, 20.2e3);
    const G4FastTrack fast(track, centre);
    G4FastStep step;
    G4FastSimHitMaker::made().clear();
    G4RandGauss::count() = 0;
    model.DoIt(fast, step);
    std::printf("step %d %g %g\n", step.killed, step.path, step.deposited);
    for (const G4FastHit& hit : G4FastSimHitMaker::made()) {
      const G4ThreeVector place = hit.GetPosition() - centre;
      std::printf("%.9g %.9g %.9g %.9g\n", place.x(), place.y(), place.z(), hit.GetEnergy());
    }
  }
}
