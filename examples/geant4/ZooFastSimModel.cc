#include "ZooFastSimModel.hh"

#include <cmath>
#include <cstdint>

#include "G4Electron.hh"
#include "G4SystemOfUnits.hh"
#include "Randomize.hh"

namespace {
// The calorimeter of reproductions/ecal_gan, in its own frame, and what the generator was taught (model.json).
constexpr G4double kFace = -198.0 * mm;   // 66 x (2 mm lead + 4 mm scintillator)
constexpr G4double kPlane = -74.0 * mm;   // the middle of the 21st scintillator, into which all of a cell is put
constexpr G4double kCell = 20.0 * mm;
constexpr int kRows = 30;
constexpr G4double kSpot = 5.0 * mm;      // electrons enter within this of the axis, in x and in y
constexpr G4double kLeast = 1.0 * GeV, kLargest = 100.0 * GeV;
constexpr G4double kSteepest = 76.0 * deg;
constexpr std::size_t kConditions = 5;

Ort::SessionOptions OneThread() {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);  // events have threads of their own
  return options;
}

G4double Centre(int cell) { return (cell - 0.5 * (kRows - 1)) * kCell; }
}  // namespace

ZooFastSimModel::ZooFastSimModel(const G4String& name, G4Region* region, const std::string& file, std::size_t noise)
    : G4VFastSimulationModel(name, region),
      fEnvironment(ORT_LOGGING_LEVEL_WARNING, "zoo"),
      fSession(fEnvironment, file.c_str(), OneThread()),
      fMemory(Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault)),
      fNoise(noise),
      fInput(noise + kConditions) {}

G4bool ZooFastSimModel::IsApplicable(const G4ParticleDefinition& particle) {
  return &particle == G4Electron::ElectronDefinition();
}

// Asked at every step of an electron in the region: only the one that enters is taken, and only as it was taught.
G4bool ZooFastSimModel::ModelTrigger(const G4FastTrack& track) {
  const G4ThreeVector point = track.GetPrimaryTrackLocalPosition();
  const G4ThreeVector momentum = track.GetPrimaryTrackLocalMomentum();
  return std::abs(point.z() - kFace) < 1e-6 * mm && std::abs(point.x()) <= kSpot && std::abs(point.y()) <= kSpot &&
         momentum.mag() >= kLeast && momentum.mag() <= kLargest && momentum.theta() <= kSteepest;
}

void ZooFastSimModel::DoIt(const G4FastTrack& track, G4FastStep& step) {
  const G4ThreeVector point = track.GetPrimaryTrackLocalPosition();
  const G4ThreeVector momentum = track.GetPrimaryTrackLocalMomentum();
  step.KillPrimaryTrack();
  step.ProposePrimaryTrackPathLength(0.0);
  step.ProposeTotalEnergyDeposited(track.GetPrimaryTrack()->GetKineticEnergy());

  for (std::size_t i = 0; i < fNoise; ++i) fInput[i] = G4RandGauss::shoot();
  const G4double conditions[kConditions] = {momentum.x() / GeV, momentum.y() / GeV, momentum.z() / GeV,
                                            point.x() / mm, point.y() / mm};
  for (std::size_t i = 0; i < kConditions; ++i) fInput[fNoise + i] = conditions[i];

  const std::int64_t shape[] = {1, static_cast<std::int64_t>(fInput.size())};
  const char* const inputs[] = {"input"};
  const char* const outputs[] = {"output"};
  const Ort::Value input = Ort::Value::CreateTensor<float>(fMemory, fInput.data(), fInput.size(), shape, 2);
  const auto found = fSession.Run(Ort::RunOptions{nullptr}, inputs, &input, 1, outputs, 1);
  const float* cells = found[0].GetTensorData<float>();  // MeV, y fastest

  // G4FastSimHitMaker puts the first hit of its life where the track is, wherever it was to go: one that is nothing.
  if (!fPlaced) fHits.make(G4FastHit(point, 1e-3 * eV), track);
  fPlaced = true;
  for (int i = 0; i < kRows; ++i)
    for (int j = 0; j < kRows; ++j)  // in the frame of the region, as G4FastSimHitMaker wants it
      fHits.make(G4FastHit({Centre(i), Centre(j), kPlane}, cells[kRows * i + j] * MeV), track);
}
