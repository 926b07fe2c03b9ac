namespace HaPgAspire.Probe.Settings;

/// <summary>A setting that the probe cannot start with. The message is one sentence for the user and holds no secret.</summary>
public sealed class SettingsException(string message) : Exception(message);
