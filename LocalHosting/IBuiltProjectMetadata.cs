using System.ComponentModel;

namespace HaPgAspire.LocalHosting;

/// <summary>Implemented by the generated <c>Projects.*</c> classes: where the build has put the project's assembly.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IBuiltProjectMetadata : IProjectMetadata
{
    /// <summary>The full path of the assembly to run.</summary>
    string TargetPath { get; }
}
