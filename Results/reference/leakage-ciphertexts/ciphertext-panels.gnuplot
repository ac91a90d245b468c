# Draws ciphertext-panels.svg from ciphertext-panels.csv; gnuplot -e "format='png'" ciphertext-panels.gnuplot draws ciphertext-panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,1070 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,428 font 'DejaVu Sans,10' background 'white'
}
set output 'ciphertext-panels.' . format
set datafile separator comma
set multiplot
set label 1 'A patch, the denoised patch, and the'."\n".'ciphertexts of both as greys (2048 bits)' at screen 0.5,0.97196 center font ',10'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:64.0-0.5]
set yrange [64.0-0.5:-0.5]
set lmargin at screen 0.016667
set rmargin at screen 0.48889
set bmargin at screen 0.47196
set tmargin at screen 0.86916
set label 2 'original' at screen 0.25278,0.88551 center font ',9'
set cbrange [-1024.0:1500.0]
unset colorbox
plot 'ciphertext-panels.csv' index 0 matrix with image
unset label
set lmargin at screen 0.51111
set rmargin at screen 0.98333
set bmargin at screen 0.47196
set tmargin at screen 0.86916
set label 2 'ciphertexts' at screen 0.74722,0.88551 center font ',9'
set cbrange [-1024.0:1500.0]
unset colorbox
plot 'ciphertext-panels.csv' index 1 matrix with image
unset label
set lmargin at screen 0.016667
set rmargin at screen 0.48889
set bmargin at screen 0.023364
set tmargin at screen 0.42056
set label 2 'output' at screen 0.25278,0.43692 center font ',9'
set cbrange [-1024.0:1500.0]
unset colorbox
plot 'ciphertext-panels.csv' index 2 matrix with image
unset label
set lmargin at screen 0.51111
set rmargin at screen 0.98333
set bmargin at screen 0.023364
set tmargin at screen 0.42056
set label 2 'output ciphertexts' at screen 0.74722,0.43692 center font ',9'
set cbrange [-1024.0:1500.0]
unset colorbox
plot 'ciphertext-panels.csv' index 3 matrix with image
unset label
unset multiplot
