// The part of Geant4's interface that examples/geant4 uses, declared as in Geant4 11; without its tracking and geometry.
// A hit maker keeps what it is given, at the place where Geant4's own would look for a sensitive volume.
#pragma once
#include <cmath>
#include <initializer_list>
#include <string>
#include <vector>

using G4bool = bool;
using G4double = double;
using G4String = std::string;

constexpr double mm = 1, MeV = 1, GeV = 1e3 * MeV, eV = 1e-6 * MeV, deg = 3.14159265358979323846 / 180;

class G4ThreeVector {
 public:
  G4ThreeVector() = default;
  G4ThreeVector(double x, double y, double z) : fX(x), fY(y), fZ(z) {}
  double x() const { return fX; }
  double y() const { return fY; }
  double z() const { return fZ; }
  double mag() const { return std::sqrt(fX * fX + fY * fY + fZ * fZ); }
  double theta() const { return std::atan2(std::hypot(fX, fY), fZ); }
  G4ThreeVector operator+(const G4ThreeVector& b) const { return {fX + b.fX, fY + b.fY, fZ + b.fZ}; }
  G4ThreeVector operator-(const G4ThreeVector& b) const { return {fX - b.fX, fY - b.fY, fZ - b.fZ}; }

 private:
  double fX = 0, fY = 0, fZ = 0;
};

class G4Region {};
using G4Envelope = G4Region;

class G4ParticleDefinition {};
class G4Electron : public G4ParticleDefinition {
 public:
  static G4Electron* ElectronDefinition() {
    static G4Electron electron;
    return &electron;
  }
};

class G4Track {
 public:
  G4Track(G4ThreeVector position, G4ThreeVector momentum, G4double energy)
      : fPosition(position), fMomentum(momentum), fEnergy(energy) {}
  const G4ThreeVector& GetPosition() const { return fPosition; }
  G4ThreeVector GetMomentum() const { return fMomentum; }
  G4double GetKineticEnergy() const { return fEnergy; }

 private:
  G4ThreeVector fPosition, fMomentum;
  G4double fEnergy;
};

class G4FastTrack {  // of an envelope that was moved, and not turned
 public:
  G4FastTrack(const G4Track& track, G4ThreeVector centre) : fTrack(&track), fCentre(centre) {}
  const G4Track* GetPrimaryTrack() const { return fTrack; }
  G4ThreeVector GetPrimaryTrackLocalPosition() const { return fTrack->GetPosition() - fCentre; }
  G4ThreeVector GetPrimaryTrackLocalMomentum() const { return fTrack->GetMomentum(); }
  G4ThreeVector Global(const G4ThreeVector& local) const { return local + fCentre; }  // not Geant4's

 private:
  const G4Track* fTrack;
  G4ThreeVector fCentre;
};

class G4FastStep {
 public:
  void KillPrimaryTrack() { killed = true; }
  void ProposePrimaryTrackPathLength(G4double length) { path = length; }
  void ProposeTotalEnergyDeposited(G4double energy) { deposited = energy; }
  bool killed = false;
  double path = -1, deposited = -1;
};

class G4VFastSimulationModel {
 public:
  G4VFastSimulationModel(const G4String&, G4Envelope*, G4bool = false) {}
  virtual ~G4VFastSimulationModel() {}
  virtual G4bool IsApplicable(const G4ParticleDefinition&) = 0;
  virtual G4bool ModelTrigger(const G4FastTrack&) = 0;
  virtual void DoIt(const G4FastTrack&, G4FastStep&) = 0;
};

class G4FastHit {
 public:
  G4FastHit(const G4ThreeVector& position, G4double energy) : fEnergy(energy), fPosition(position) {}
  G4double GetEnergy() const { return fEnergy; }
  G4ThreeVector GetPosition() const { return fPosition; }

 private:
  G4double fEnergy;
  G4ThreeVector fPosition;
};

class G4FastSimHitMaker {
 public:
  void make(const G4FastHit& hit, const G4FastTrack& track) {
    if (hit.GetEnergy() <= 0) return;
    // As in Geant4: the first hit goes where the track is, the others from the envelope's frame to the world's.
    const G4ThreeVector place = fFirst ? track.GetPrimaryTrack()->GetPosition() : track.Global(hit.GetPosition());
    made().push_back(G4FastHit(place, hit.GetEnergy()));
    fFirst = false;
  }
  static std::vector<G4FastHit>& made() {
    static std::vector<G4FastHit> hits;
    return hits;
  }

 private:
  bool fFirst = true;
};

struct G4RandGauss {
  static double shoot() { return 0.01 * (++count() % 100); }
  static int& count() {
    static int number = 0;
    return number;
  }
};
