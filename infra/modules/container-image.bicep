@description('Name of the container app.')
param name string

@description('Whether the app exists already. Its image is kept then: azd deploy changes it, azd provision must not.')
param exists bool

resource app 'Microsoft.App/containerApps@2024-03-01' existing = if (exists) {
  name: name
}

// The first provisioning comes before the first image: a page of Microsoft's stands in until azd deploy.
output image string = exists ? app!.properties.template.containers[0].image : 'mcr.microsoft.com/k8se/quickstart:latest'
