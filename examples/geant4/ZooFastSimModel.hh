// A generator of LHCb's calorimeter in place of Geant4's showers: see docs/inside_geant4.md.
#ifndef ZOO_FAST_SIM_MODEL_HH
#define ZOO_FAST_SIM_MODEL_HH

#include <onnxruntime_cxx_api.h>

#include <cstddef>
#include <string>
#include <vector>

#include "G4FastSimHitMaker.hh"
#include "G4VFastSimulationModel.hh"

class ZooFastSimModel : public G4VFastSimulationModel {
 public:
  // One for each thread, for the `region` whose root is the calorimeter. `file` is the model.onnx that
  // `python -m zoo export NAME --layout flat` writes, `noise` its number of noise inputs, which par04.txt names.
  ZooFastSimModel(const G4String& name, G4Region* region, const std::string& file, std::size_t noise);

  G4bool IsApplicable(const G4ParticleDefinition& particle) override;
  G4bool ModelTrigger(const G4FastTrack& track) override;
  void DoIt(const G4FastTrack& track, G4FastStep& step) override;

 private:
  Ort::Env fEnvironment;
  Ort::Session fSession;
  Ort::MemoryInfo fMemory;
  std::size_t fNoise;
  std::vector<float> fInput;  // noise, momentum in GeV, entry point in mm
  G4FastSimHitMaker fHits;
  G4bool fPlaced = false;
};

#endif
